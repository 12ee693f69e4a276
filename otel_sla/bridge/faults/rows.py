"""What is wrong with a declaration, in sentences that name class and attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from django.db import connections, models
from django.db.models import QuerySet
from django.db.models.expressions import Combinable, OrderBy

from ...labels import InvalidLabels, exposed, prometheus_name
from ...text import is_text
from ..declare.declarations import (
    Attributes,
    Identifying,
    Measure,
    NamedBy,
    RowMetrics,
    Valued,
)
from ..declare.expressions import aggregates
from ..instrument_names import is_name, is_unit
from . import named as named_faults
from .options import Fault, faults_of_limit, faults_of_seconds
from .querysets import faults_of_rows


def faults(declaration: type[RowMetrics]) -> Sequence[Fault]:
    """Return what is wrong with a declaration.

    If its members are right, its queryset is made and compiled. That runs no query,
    unless a callable does.
    """
    found = [*faults_of_itself(declaration)]
    return found or [*faults_of_rows(declaration)]


def faults_of_itself(declaration: type[RowMetrics]) -> Iterator[Fault]:
    """Yield what is wrong with its members. Does not make its queryset."""
    own = declaration.source_name()
    measures = declaration.declared(Measure)
    if not declaration.declared(Valued):
        yield Fault(
            own, 'declares no instrument: add one, such as gauge("shop.orders", ...)'
        )
    yield from _of_members(declaration)
    for message in faults_of_limit(declaration.max_rows, "rows"):
        yield Fault(f"{own}.max_rows", message)
    yield from faults_of_seconds(own, declaration.refresh, declaration.budget)
    if declaration.using not in (None, *connections):
        yield Fault(
            f"{own}.using",
            f"{declaration.using!r} is not in DATABASES, which has "
            f"{', '.join(sorted(connections))}",
        )
    for name, measure in measures.items():
        for message in _of_measure(measure):
            yield Fault(f"{own}.{name}", message)
    yield from _of_named(declaration)
    yield from _of_attributes(declaration)


def _of_named(declaration: type[RowMetrics]) -> Iterator[Fault]:
    own = declaration.source_name()
    alone = len(declaration.declared(Valued)) == 1
    for name, named in declaration.declared(NamedBy).items():
        for message in named_faults.faults_of_itself(named):
            yield Fault(f"{own}.{name}", message)
        if not alone:
            yield Fault(
                f"{own}.{name}",
                "gauge.named_by() needs a class of its own: move the other instruments "
                "to another class",
            )


def _of_members(declaration: type[RowMetrics]) -> Iterator[Fault]:
    own = declaration.source_name()
    given = getattr(declaration, "queryset", None)
    if given is None:
        yield Fault(own, "has no queryset: add one, such as Order.objects.all()")
    elif isinstance(given, type) and issubclass(given, models.Model):
        name = given.__name__
        yield Fault(f"{own}.queryset", f"is a model: use {name}.objects.all()")
    elif not isinstance(given, QuerySet | models.Manager) and not callable(given):
        yield Fault(
            f"{own}.queryset",
            f"{given!r} is neither a queryset nor a callable that returns one",
        )
    for name, meant in _misspelt(declaration):
        yield Fault(f"{own}.{name}", f"is not known: did you mean {meant}?")
    for name, value in vars(declaration).items():
        within = value if isinstance(value, tuple | list) else ()
        if any(isinstance(one, Identifying | Valued) for one in within):
            yield Fault(
                f"{own}.{name}",
                f"is a {type(value).__name__}: assign one attribute or instrument to a "
                "name, without a comma after it",
            )


def _misspelt(declaration: type[RowMetrics]) -> Iterator[tuple[str, str]]:
    """Yield names in the class that are close to an option, with that option."""
    known = [*RowMetrics.__annotations__]
    for name, value in vars(declaration).items():
        if not name.startswith("_") and not isinstance(value, Valued | Identifying):
            close = get_close_matches(name, known, n=1, cutoff=0.75)
            if close and name not in known:
                yield name, close[0]


def _of_measure(measure: Measure) -> Iterator[str]:
    if not is_name(measure.name):
        yield (
            f"{measure.name!r} can't be the name of an instrument: begin with a "
            "letter, and use letters, digits, and _ . - / only, for example shop.orders"
        )
    if not is_unit(measure.unit):
        yield (
            f"{measure.unit!r} is not a unit: use up to 63 ASCII characters, for "
            "example By"
        )
    if not (isinstance(measure.help, str) and is_text(measure.help)):
        yield f"help is {measure.help!r}, and should be a sentence"
    if not _is_value(measure.value):
        yield f"{measure.value!r} is neither the path of a field nor an expression"
    elif not (measure.since is None or _is_value(measure.since)):
        yield (
            f"since={measure.since!r} is neither the path of a field nor an expression"
        )
    elif measure.since is not None:
        of_groups = aggregates(measure.since_expression)
        if measure.aggregates and not of_groups:
            yield (
                f"since={measure.since!r} is a time of each row, and {measure.value!r} "
                f"is an aggregate: use one, such as since=Min({measure.since!r})"
            )
        if of_groups and not measure.aggregates:
            yield (
                f"since={measure.since!r} is an aggregate, and {measure.value!r} is a "
                "value of each row: use the path of a field"
            )


def _is_value(given: object) -> bool:
    return isinstance(given, str | Combinable) and not isinstance(given, OrderBy)


def _of_attributes(declaration: type[RowMetrics]) -> Iterator[Fault]:
    own = declaration.source_name()
    paths: dict[str, str] = {}
    shown: dict[str, str] = {}
    for name, one in declaration.declared(Identifying).items():
        if not (isinstance(one.path, str) and one.path):
            yield Fault(f"{own}.{name}", f"{one.path!r} is not the path of a field")
            continue
        if one.path in paths:
            message = f"has the same path as {paths[one.path]}, {one.path!r}"
            yield Fault(f"{own}.{name}", message)
        paths.setdefault(one.path, name)
        if isinstance(one, Attributes):
            continue
        try:
            exposed({name: "x"}, key="")
        except InvalidLabels as error:
            yield Fault(f"{own}.{name}", str(error))
        other = shown.setdefault(prometheus_name(name), name)
        if other != name:
            message = f"has the same name in Prometheus as {other}"
            yield Fault(f"{own}.{name}", message)
