"""What a Django developer writes: a class that says which rows become metrics.

class Disks(RowMetrics):
    queryset = Disk.objects.filter(retired=None)
    host = attribute("host__name")
    size = gauge("disk.size", "size", unit="By", help="Size of the disk.")
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from ..families import Kind
from .expressions import aggregates, expression_of

T = TypeVar("T")

Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Identifying:
    """A field that becomes one attribute of each sample, or several."""

    path: str


class Attribute(Identifying):
    """A field that becomes the attribute of the same name."""


class Attributes(Identifying):
    """A field with attributes whose names are known only at run time."""


class Valued:
    """A value of each row, or, if it is an aggregate, of each group of rows.

    `value` is the path of a field, or an expression. Decimals and booleans become
    numbers, a date and time Unix seconds, a duration seconds; NULL leaves the sample
    out. `since` of a counter is when it began to count, as a path or an expression.
    """

    __slots__ = ()

    value: str | Combinable
    since: str | Combinable | None

    @property
    def expression(self) -> Combinable:
        return expression_of(self.value)

    @property
    def since_expression(self) -> Combinable | None:
        return None if self.since is None else expression_of(self.since)

    @property
    def expressions(self) -> Iterator[Any]:
        """Yield the expression of the value, then that of `since` if there is one."""
        yield self.expression
        if self.since_expression is not None:
            yield self.since_expression

    @property
    def aggregates(self) -> bool:
        return aggregates(self.expression)


@dataclass(frozen=True, slots=True)
class Measure(Valued):
    """An observable instrument of this name."""

    name: str
    value: str | Combinable
    unit: str
    help: str
    kind: Kind
    since: str | Combinable | None = None

    def __str__(self) -> str:
        return f"{self.kind}({self.name!r}, {self.value!r})"


@dataclass(frozen=True, slots=True)
class NamedBy(Valued):
    """Gauges whose names are data: each row has the name of its gauge at `path`.

    `unit` and `help` are paths, too, or empty. Rows beyond `at_most` names are left
    out.
    """

    path: str
    value: str | Combinable
    unit: str
    help: str
    at_most: int
    since: None = None

    def __str__(self) -> str:
        return f"gauge.named_by({self.path!r}, {self.value!r})"


def attribute(path: str) -> Attribute:
    """Return an attribute of each sample: a field of the row, or of a related one.

    Its name is that of the class attribute. NULL and empty text leave it out.
    """
    return Attribute(path)


def attributes(path: str) -> Attributes:
    """Return attributes whose names are known only at run time: those of a JSONField.

    Numbers and booleans become text; NULL and empty text leave an attribute out.
    """
    return Attributes(path)


class Gauge:
    """gauge(name, value, unit=, help=) returns a gauge: a value that can go up and
    down, and is not added up. gauge.named_by() returns gauges whose names are data.
    """

    def __call__(
        self, name: str, value: str | Combinable, *, unit: str = "", help: str
    ) -> Measure:
        """Return a gauge: a value that can go up and down, and is not added up."""
        return Measure(name, value, unit, help, "gauge")

    def named_by(
        self,
        path: str,
        value: str | Combinable,
        *,
        unit: str = "",
        help: str = "",
        at_most: int = 100,
    ) -> NamedBy:
        """Return gauges whose names are data: each row has the name of its gauge.

        `path`, `unit` and `help` are paths of text fields with the name, the unit and
        the help of the row's gauge; `unit` and `help` may be left out. Rows beyond
        `at_most` names are left out.
        """
        return NamedBy(path, value, unit, help, at_most)


gauge = Gauge()


def counter(
    name: str,
    value: str | Combinable,
    *,
    since: str | Combinable | None = None,
    unit: str = "",
    help: str,
) -> Measure:
    """Return a counter: a total that only goes up.

    `since` is the path of a field, or an expression, that says when the count of a row
    began: a date and time, or a number of Unix seconds. NULL means that it is not
    known.
    """
    return Measure(name, value, unit, help, "counter", since)


def up_down_counter(
    name: str, value: str | Combinable, *, unit: str = "", help: str
) -> Measure:
    """Return an up-down counter: a value that is added up, such as jobs in a queue."""
    return Measure(name, value, unit, help, "up_down_counter")


class RowMetrics:
    """Rows of a model as metrics: a sample of every instrument for every row.

    If an instrument is an aggregate, there is a sample for every group of rows with the
    same attributes instead. Importing a subclass evaluates nothing.
    """

    queryset: ClassVar[Rows | Callable[[], Rows]]
    """The rows, or a callable that returns them and is called at every reading."""

    using: ClassVar[str | None] = None
    """Alias of the database to read. None: the site's routers decide."""

    refresh: ClassVar[float] = 0.0
    """Seconds for which the rows of one reading are used, for costly queries."""

    budget: ClassVar[float | None] = None
    """Seconds that reading may take. None: what is left of the scrape's."""

    with_zeros: ClassVar[bool] = False
    """Whether groups without rows are reported, where the attributes' choices are
    known."""

    max_rows: ClassVar[int] = 100_000
    """With more rows than that, the source is left out."""

    def __init_subclass__(cls) -> None:
        for name, one in vars(cls).items():
            if hasattr(RowMetrics, name) and isinstance(one, Identifying | Valued):
                raise TypeError(
                    f"{cls.__qualname__}.{name} is an option of the class, and can't "
                    "be an attribute or an instrument: use another name"
                )

    @classmethod
    def rows(cls) -> Rows:
        """Return the queryset. Raises whatever the callable raises."""
        given = cls.queryset
        return given() if callable(given) else given.all()

    @classmethod
    def is_base(cls) -> bool:
        """Return whether it has no rows, and serves only to be inherited from."""
        if hasattr(cls, "queryset"):
            return False
        return bool(cls.__subclasses__()) or not cls.declared(Valued)

    @classmethod
    def declared(cls, *kinds: type[T]) -> dict[str, T]:
        """Return the declarations of these kinds by name, in the order of the class."""
        found = {
            name: one
            for base in reversed(cls.__mro__)
            for name, one in vars(base).items()
        }
        return {name: one for name, one in found.items() if isinstance(one, kinds)}

    @classmethod
    def source_name(cls) -> str:
        """Return what the source is called in logs and metrics: "shop.Disks"."""
        config = apps.get_containing_app_config(cls.__module__)
        return f"{config.label if config else cls.__module__}.{cls.__qualname__}"


def is_grouped(declaration: type[RowMetrics]) -> bool:
    """Return whether there is a sample for every group instead of every row."""
    values = declaration.declared(Valued).values()
    return any(one.aggregates for one in values)
