"""What a TimePeriod has once its templates are imported."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import NotConvertible
from .parse import Entry, Expression, Item, Statement

BUILT_IN = frozenset({"legacy-timeperiod", "empty-timeperiod"})
_NAMES = frozenset({"includes", "excludes"})
_SILENT = frozenset({"display_name", "vars", "zone", "package", "source_location"})
_MOST = 3_000_000  # entries of all imports; a statement counts as ten


@dataclass(slots=True)
class Period:
    """A time period: `ranges` by definition of a day, names of others with lines."""

    name: str
    line: int
    display_name: str = ""
    ranges: dict[str, Entry] = field(default_factory=dict)
    includes: list[Entry] = field(default_factory=list)
    excludes: list[Entry] = field(default_factory=list)
    prefer_includes: bool = True
    lost: list[str] = field(default_factory=list)


class Imports:
    """Objects with what their templates say, in the order of statements."""

    def __init__(self, items: list[Item]) -> None:
        self._templates: dict[str, Item] = {}
        for item in items:
            if item.kind == "template" or item.name not in self._templates:
                self._templates[item.name] = item
        self._defaults = [item for item in items if item.default]
        self._left = _MOST

    def period(self, item: Item) -> Period:
        """Return the period of an object. Raise NotConvertible if it is too much."""
        period = Period(item.name, item.line)
        for start in (*self._defaults, item):
            self._run(start, period)
        return period

    def _run(self, start: Item, period: Period) -> None:
        running = [(start, iter(start.statements))]
        open_names = {id(start)}
        period.lost.extend(start.lost)
        while running:
            item, statements = running[-1]
            statement = next(statements, None)
            if statement is None:
                running.pop()
                open_names.discard(id(item))
            elif statement.target == ("import",):
                template = self._template(statement, period)
                if template is None:
                    continue
                if id(template) in open_names:
                    period.lost.append(
                        f"Line {statement.line}: import {template.name!r} is a cycle."
                    )
                    continue
                running.append((template, iter(template.statements)))
                open_names.add(id(template))
                period.lost.extend(template.lost)
                self._spend(10 + len(template.lost), statement.line)
            else:
                value = statement.value
                size = len(value) if isinstance(value, (dict, list)) else 0
                self._spend(10 + size, statement.line)
                _assign(period, statement)

    def _spend(self, cost: int, line: int) -> None:
        self._left -= cost
        if self._left < 0:
            reason = (
                f"the imports come to more than {_MOST:,} entries. "
                "Convert the file in parts."
            )
            raise NotConvertible("broken_file", line=line, reason=reason)

    def _template(self, statement: Statement, period: Period) -> Item | None:
        value = statement.value
        name = value if isinstance(value, str) else ""
        if not name or (name not in self._templates and name not in BUILT_IN):
            shown = repr(name) if name else _shown(value)
            period.lost.append(
                f"Line {statement.line}: import {shown} is not a TimePeriod of this "
                "file."
            )
        return self._templates.get(name)


def _assign(period: Period, statement: Statement) -> None:
    name, *path = statement.target
    value, operator = statement.value, statement.operator
    taken = False
    if name == "ranges" and not path:
        taken = _assign_ranges(period, operator, value)
    elif name == "ranges" and len(path) == 1 and operator == "=":
        period.ranges[path[0]] = Entry(path[0], value, statement.line)
        taken = True
    elif name in _NAMES and not path:
        taken = _assign_names(period, name, operator, value)
    elif name == "prefer_includes" and isinstance(value, bool):
        period.prefer_includes = value
        taken = True
    elif name == "display_name" and isinstance(value, str):
        period.display_name = value
        taken = True
    if not taken and name not in _SILENT:
        target = ".".join(statement.target)
        period.lost.append(
            f"Line {statement.line}: {target} {operator} {_shown(value)} is not read. "
            "Only what needs no running Icinga 2 is."
        )


def _assign_ranges(period: Period, operator: str, value: object) -> bool:
    if value is None and operator == "=":
        value = {}
    if not isinstance(value, dict) or operator not in {"=", "+="}:
        return False
    period.ranges = dict(value) if operator == "=" else {**period.ranges, **value}
    return True


def _assign_names(period: Period, name: str, operator: str, value: object) -> bool:
    if value is None and operator == "=":
        value = []
    if not isinstance(value, list) or operator not in {"=", "+="}:
        return False
    old = getattr(period, name) if operator == "+=" else []
    setattr(period, name, [*old, *value])
    return True


def _shown(value: object) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, dict):
        return "{ ... }"
    if isinstance(value, list):
        return "[ ... ]"
    literals = {True: "true", False: "false", None: "null"}
    return f'"{value}"' if isinstance(value, str) else literals[value]  # type: ignore[index]
