"""Providers' maintenance notices: the X-MAINTNOTE properties of an event.

They are defined by a draft of the NANOG, "A machine parseable standard for formatting
maintenance notifications", and by draft-gunter-calext-maintenance-notifications.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from icalendar import vText

from .content_lines import unescaped

NO_IMPACT = "NO-IMPACT"
_DEFAULT_IMPACT = "OUTAGE"
PREFIX = "X-MAINTNOTE-"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says beyond the times of its event.

    objects: the ids of what is maintained, such as circuits, each with its impact.
    status: TENTATIVE, CONFIRMED, CANCELLED, IN-PROCESS, COMPLETED, RE-SCHEDULED, a
    provider's own word, or nothing.
    """

    provider: str
    account: str
    maintenance_id: str
    objects: tuple[tuple[str, str], ...]
    impact: str
    status: str

    @property
    def object_ids(self) -> tuple[str, ...]:
        """The ids of all objects, whatever their impact."""
        return tuple(name for name, _ in self.objects)

    @property
    def without_impact(self) -> bool:
        """Whether nobody should notice anything: neither as a whole nor of an object.

        The standard has other words than its own mean an outage.
        """
        impacts = {impact for _, impact in self.objects} or {self.impact}
        return impacts == {NO_IMPACT}

    def reason(self, summary: str) -> str:
        """Return the summary with the provider, its number and the objects."""
        who = " ".join(filter(None, (self.provider, self.maintenance_id)))
        what = f" ({', '.join(self.object_ids)})" if self.objects else ""
        return f"{who}: {summary}{what}" if who else f"{summary}{what}"


def read_notice(event: Any) -> Notice | None:
    """Return the notice that a parsed event is; None if it is not one."""
    if not any(name.upper().startswith(PREFIX) for name in event):
        return None
    impact = _text(event, "IMPACT").upper() or _DEFAULT_IMPACT
    return Notice(
        provider=_text(event, "PROVIDER"),
        account=_text(event, "ACCOUNT"),
        maintenance_id=_text(event, "MAINTENANCE-ID"),
        objects=tuple(_objects(event, impact)),
        impact=impact,
        status=_text(event, "STATUS").upper(),
    )


def _objects(event: Any, impact: str) -> Iterator[tuple[str, str]]:
    for value in _values(event, "OBJECT-ID"):
        own = str(value.params.get(f"{PREFIX}OBJECT-IMPACT", impact))
        yield _shown(value), own.upper()


def _text(event: Any, name: str) -> str:
    """Return the first value of a property, or that which is marked as the primary."""
    values = _values(event, name)
    values.sort(key=lambda one: one.params.get(f"{PREFIX}PRECEDENCE") != "PRIMARY")
    return _shown(values[0]) if values else ""


def _shown(value: Any) -> str:
    """Return a text; the library leaves escapes in properties that it doesn't know."""
    text = str(value) if isinstance(value, vText) else unescaped(str(value))
    return text.strip()[:_LONGEST]


def _values(event: Any, name: str) -> list[Any]:
    values = event.get(PREFIX + name, [])
    return list(values) if isinstance(values, list) else [values]
