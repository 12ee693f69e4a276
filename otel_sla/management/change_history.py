"""What commands change, in the history that the admin shows of each row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.exceptions import FieldDoesNotExist
from django.db import Error as DatabaseFailure
from django.db import router, transaction
from django.utils.translation import gettext_noop as _

from otel_sla.catalogue import Change, described
from otel_sla.catalogue.apply import Listener
from otel_sla.database.batches import BATCH, batches
from otel_sla.language import Sentence
from otel_sla.language.log_entries import Item, told, told_of_import
from otel_sla.models import Agreement, Component, HolidayCalendar, Override, Schedule

LONGEST = 2_000
"""Characters of the changes that an entry lists."""
Entry = tuple[Any, int, str, str, Item]
"""The model, key and name of a row, the action, and what is told of it."""
_MODELS: dict[str, Any] = {
    "agreement": Agreement,
    "calendar": HolidayCalendar,
    "component": Component,
    "schedule": Schedule,
}
_CATALOGUE = {
    "create": _("Catalogue %(file)s: Added."),
    "update": _("Catalogue %(file)s: Changed."),
    "delete": _("Catalogue %(file)s: Deleted."),
}
_VALUES = _("Catalogue %(file)s: %(changes)s.")
_IMPORT = {
    "create": _("Added override %(override)s."),
    "update": _("Changed override %(override)s."),
    "delete": _("Deleted override %(override)s."),
}


class CatalogueHistory(Listener):
    """Notes what a catalogue changes, for the history, and tells another listener.

    The notes are in a file: a catalogue may change more rows than memory should hold.
    """

    def __init__(self, file: str, then: Listener, notes: TextIO) -> None:
        self._file, self._then = file, then
        self._notes = notes
        self._has_notes = False
        self._gone: dict[str, dict[str, int]] = {}

    def begin(self, *states: Any) -> None:
        self._then.begin(*states)

    def stay(self, entry: Any) -> None:
        self._then.stay(entry)

    def change(self, change: Change) -> None:
        if change.action == "delete" and change.kind not in self._gone:
            # Afterwards there is no key to be found.
            self._gone[change.kind] = _keys(change.kind)
        lines = list(described(change)) if change.action == "update" else []
        text = "; ".join(lines)
        note = (change.kind, change.name, change.action, text[:LONGEST])
        self._notes.write(f"{json.dumps(note)}\n")
        self._has_notes = True
        self._then.change(change)

    def write(self) -> bool:
        """Write the entries. Returns whether they could be."""
        return not self._has_notes or _written("load_catalogue", self._entries())

    def _entries(self) -> Iterator[Entry]:
        self._notes.seek(0)
        for notes in batches(map(json.loads, self._notes)):
            kinds = {kind for kind, *_ in notes}
            keys = {
                kind: _keys(kind, [name for of, name, *_ in notes if of == kind])
                for kind in kinds
            }
            for kind, name, action, text in notes:
                known = self._gone if action == "delete" else keys
                if name in known[kind]:
                    params = {"file": self._file, "changes": text}
                    said = Sentence(_VALUES if text else _CATALOGUE[action], params)
                    yield _MODELS[kind], known[kind][name], name, action, told(said)


def write_import(changes: Iterable[Any], name: str) -> bool:
    """Write what an import of a calendar changed, an entry for each row.

    Returns whether it could be written.
    """
    by_owner: dict[tuple[Any, int, str], list[str]] = {}
    for one in changes:
        component, schedule = one.override.component_id, one.override.schedule_id
        model = Component if component else Schedule
        owner = model, component or schedule, one.target
        params = {"override": one.override.sentence()}
        by_owner.setdefault(owner, []).append(Sentence(_IMPORT[one.action], params))
    return not by_owner or _written("import_calendar", _of_imports(by_owner, name))


def _of_imports(
    by_owner: dict[tuple[Any, int, str], list[str]], name: str
) -> Iterator[Entry]:
    for (model, pk, owner), sentences in by_owner.items():
        yield model, pk, owner, "update", told_of_import(name, sentences)


def _keys(kind: str, names: Iterable[str] | None = None) -> dict[str, int]:
    """Return the keys of the rows of these names, or of all."""
    rows = _MODELS[kind]._default_manager.using(router.db_for_write(Override))
    if names is not None:
        rows = rows.filter(name__in=names)
    return dict(rows.values_list("name", "pk"))


def _written(command: str, entries: Iterable[Entry]) -> bool:
    """Write entries of the admin's log, if the site has an admin."""
    if not apps.is_installed("django.contrib.admin"):
        return True
    # Its model can't be imported where its app is not installed.
    from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
    from django.contrib.contenttypes.models import ContentType

    flags = {"create": ADDITION, "update": CHANGE, "delete": DELETION}
    try:
        with transaction.atomic(using=router.db_for_write(LogEntry)):
            author = _author(command)
            rows = (
                LogEntry(
                    user_id=author,
                    content_type=ContentType.objects.get_for_model(model),
                    object_id=str(pk),
                    object_repr=name[:200],
                    action_flag=flags[action],
                    change_message=json.dumps([item]),
                )
                for model, pk, name, action, item in entries
            )
            for batch in batches(rows):
                LogEntry.objects.bulk_create(batch, batch_size=BATCH)
    except (DatabaseFailure, FieldDoesNotExist):
        return False
    return True


def _author(command: str) -> Any:
    """Return the key of the user who stands for a command, who can't log in.

    Every entry of the log has a user.
    """
    users: Any = get_user_model()
    values = {"is_active": False, "password": make_password(None)}
    names = {field.name for field in users._meta.get_fields()}
    defaults = {name: value for name, value in values.items() if name in names}
    named = {users.USERNAME_FIELD: command}
    user, _ = users._default_manager.get_or_create(**named, defaults=defaults)
    return user.pk
