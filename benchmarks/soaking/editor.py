"""Edit the catalogue at random until SIGTERM, and keep a journal.

    python -m benchmarks.soaking.editor DIRECTORY SEED SECONDS

A process of its own beside the site's. It begins with the directory's catalogue.json;
from one edit to the next are so many seconds in the mean. What fails, because the
database is away, is tried again; whether a commit that was cut off has come to pass is
read back.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import django
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

if __name__ == "__main__":
    django.setup()

from otel_sla.models import Agreement, Component, Schedule
from otel_sla.schedule.notation import parse_weekdays

from .contents import WEEK, Change, Edit, Entry, Sections, changed
from .edits import plan
from .plans import Plan, no_orm

SHARE_OF_FILES = 0.3
LONGEST_OUTAGE = 120


class NeitherOldNorNew(Exception):
    """What is stored of an entry is not what it was, nor what it was to become."""

    def __init__(self, section: str, name: str, stored: object) -> None:
        super().__init__(f"{section}: {name} is neither old nor new: {stored}")


class Editor:
    """Edits, one after the other."""

    def __init__(self, directory: Path, seed: int, pause: float) -> None:
        self._catalogue = directory / "catalogue.json"
        self._file = directory / "edit.json"
        self._journal = (directory / "journal").open("w", buffering=1)
        self._chance = random.Random(seed)
        self._pause = pause
        self._done = Event()

    def stop(self, *_: object) -> None:
        self._done.set()

    def run(self) -> None:
        now: Sections = json.loads(self._catalogue.read_text())
        while not self._done.wait(self._chance.expovariate(1 / self._pause)):
            chosen = plan(self._chance, now)
            then = changed(now, chosen.changes)
            self._journal.write(self._commit(chosen, now, then).line())
            now = then

    def _commit(self, chosen: Plan, now: Sections, then: Sections) -> Edit:
        """Try until it is committed."""
        by_file = chosen.by_orm is no_orm or (
            chosen.file_can and self._chance.random() < SHARE_OF_FILES
        )
        way = "load_catalogue" if by_file else "ORM"
        changes, failures = tuple(chosen.changes), 0
        while True:
            before = time.time()
            try:
                if by_file:
                    self._load(chosen, then)
                else:
                    before = _save(chosen)
            except (DatabaseError, CommandError) as error:
                failures += 1
                print(f"{chosen.what}: {str(error).strip()}", file=sys.stderr)
                if not _came_to_pass(changes, now):
                    continue
                way += ", cut off"
            return Edit(before, time.time(), chosen.what, way, failures, changes)

    def _load(self, chosen: Plan, then: Sections) -> None:
        content: Sections = {}
        for section, name, entry in chosen.changes:
            content.setdefault(section, {})[name] = entry or {}
        self._file.write_text(json.dumps(then if chosen.is_whole else content))
        call_command("load_catalogue", self._file, verbosity=0)


def _save(chosen: Plan) -> float:
    """Return the instant just before the commit."""
    with transaction.atomic():
        chosen.by_orm()
        return time.time()


def _came_to_pass(changes: tuple[Change, ...], now: Sections) -> bool:
    """Wait for the database; whether what it holds is new. Raises NeitherOldNorNew."""
    for _ in range(10 * LONGEST_OUTAGE):
        connection.close()
        try:
            found = [
                (change, stored(change.section, change.name)) for change in changes
            ]
            break
        except DatabaseError:
            time.sleep(0.1)
    else:
        raise SystemExit(f"no database for {LONGEST_OUTAGE} s")
    if all(at == plain(*one) for one, at in found):
        return True
    for (section, name, _), at in found:
        if at != plain(section, name, now[section].get(name)):
            raise NeitherOldNorNew(section, name, at)
    return False


def plain(section: str, name: str, entry: Entry | None) -> Any:
    """What is said of an entry, in an order that means nothing."""
    if entry is None:
        return None
    if section == "agreements":
        return entry["schedule"], Decimal(str(entry["target"])), entry["period"]
    overrides = sorted(
        (one["from"], one["to"], one["kind"]) for one in entry["overrides"]
    )
    if section == "components":
        return entry["agreement"], entry["labels"], entry["enabled"], overrides
    rules = sorted(
        (*sorted(rule["days"]), rule["start"], rule["end"])
        for rule in entry.get("rules", ())
    )
    flag, calendar = entry.get("always_open", False), entry.get("holidays", "")
    return entry["timezone"], flag, calendar, rules, overrides


def stored(section: str, name: str) -> Any:
    """The same of what the database holds."""
    model: Any = _MODELS[section]
    row = model.objects.filter(name=name).first()
    if row is None:
        return None
    if section == "agreements":
        return row.schedule.name, row.target, row.period
    overrides = sorted(
        (one.start.isoformat(), one.end.isoformat(), one.kind)
        for one in row.overrides.all()
    )
    if section == "components":
        return row.agreement.name, row.labels, row.enabled, overrides
    rules = sorted(
        (*_days(rule.weekdays), rule.start.isoformat(), rule.end.isoformat())
        for rule in row.rules.all()
    )
    return row.timezone, row.always_open, row.holidays, rules, overrides


def _days(text: str) -> list[str]:
    return sorted(WEEK[day] for day in parse_weekdays(text))


_MODELS = {"agreements": Agreement, "components": Component, "schedules": Schedule}


def main() -> None:
    directory, seed, pause = sys.argv[1:]
    editor = Editor(Path(directory), int(seed), float(pause))
    signal.signal(signal.SIGTERM, editor.stop)
    editor.run()


if __name__ == "__main__":
    main()
