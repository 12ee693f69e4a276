"""Form fields for lists of names: of schedules, and of holiday calendars and codes."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext

from ..forms import as_validation_error
from ..models import HolidayCalendar, Schedule
from ..schedule.name_lists import is_code, parse_codes
from ..text import suggestion
from .messages import MESSAGES
from .widgets import NamesInput

ERRORS_TOLD = 5
"""Names refused at once. To find what is like one takes milliseconds."""


class NamesField(forms.Field):
    """Names of rows of a model, separated by commas. The value is a list of the rows.

    Names that contain commas are understood, too.
    """

    widget = NamesInput

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        self.model = model
        super().__init__(**{"required": False, **kwargs})

    @cached_property
    def rows(self) -> dict[str, Any]:
        """The rows by name. Every form has a copy of the field, and reads its own."""
        rows = self.model._default_manager.only("pk", "name").order_by("name")
        return {str(row): row for row in rows}

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        widget: Any = self.widget
        widget.suggested = self.suggested
        return super().get_bound_field(form, field_name)

    def suggested(self) -> Iterable[str]:
        """Return what can be typed."""
        return list(self.rows)

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        names = [*map(str, value)]
        # Where "a", "b" and "a, b" are names, "a , b" are the first two.
        texts = [comma.join(names) for comma in (", ", " , ", ",")]
        return next(
            (one for one in texts if _divided(one, self.rows) == names), texts[0]
        )

    def to_python(self, value: Any) -> list[Any]:
        from ..schedule.calendars.limits import check_list

        if not isinstance(value, str):
            return list(value or ())
        names = dict.fromkeys(_divided(value, self.rows))
        with as_validation_error():
            check_list("", len(names))
        entries, errors = [], []
        for name in names:
            try:
                entries.append(self.found(name))
            except ValidationError as error:
                errors.append(error)
            if len(errors) == ERRORS_TOLD:
                break
        if errors:
            raise ValidationError(errors)
        return entries

    def found(self, name: str) -> Any:
        """Return the row of that name. Raises ValidationError."""
        from ..catalogue.messages import MESSAGES as CATALOGUE_MESSAGES

        if name in self.rows:
            return self.rows[name]
        kind = self.model._meta.verbose_name
        if near := suggestion(name, self.rows, "{}"):
            raise ValidationError(
                gettext(CATALOGUE_MESSAGES["unknown_reference_near"]),
                code="unknown_reference_near",
                params={"kind": kind, "name": name, "near": near},
            )
        raise ValidationError(
            gettext(MESSAGES["unknown_name"]),
            code="unknown_name",
            params={"kind": kind, "name": name},
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return set(self.to_python(initial)) != set(self.to_python(data))
        except ValidationError:
            return True


class CalendarsField(NamesField):
    """Codes and names of holiday calendars. The value is a list of codes and rows.

    The codes are validated as the model's column of codes is.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = NamesInput({"placeholder": "GB-ENG, company"})
        super().__init__(HolidayCalendar, widget=widget, **kwargs)

    def suggested(self) -> Iterable[str]:
        columns = (
            Schedule.objects.values_list("holidays", flat=True),
            HolidayCalendar.objects.values_list("include", flat=True),
        )
        used = {text for column in columns for text in column.order_by().distinct()}
        return [*self.rows, *sorted({*_places(), *parse_codes(",".join(used))})]

    def found(self, name: str) -> Any:
        """Return the row of that name, or the code. Raises ValidationError.

        The refusal of an unknown code knows the names of countries and their parts.
        """
        from ..schedule.holidays import check_code

        if name in self.rows:
            return self.rows[name]
        if not is_code(name) and suggestion(name, self.rows, "{}", cutoff=0.8):
            return super().found(name)
        with as_validation_error():
            check_code(name)
        return name

    def to_python(self, value: Any) -> list[Any]:
        entries = super().to_python(value)
        codes = ",".join(one for one in entries if isinstance(one, str))
        HolidayCalendar._meta.get_field("include").run_validators(codes)
        return entries


def _places() -> Iterator[str]:
    """Yield the codes of subdivisions, and of countries that have none."""
    from ..schedule.holiday_codes import countries

    for country, subdivisions in countries().items():
        if not subdivisions:
            yield country
        for one in subdivisions:
            yield f"{country}-{one}"


def _divided(text: str, known: Iterable[str]) -> list[str]:
    """Return the names in a text. Pieces that are a known name together are one."""
    names, pieces = [], text.split(",")
    with_commas = {name for name in known if "," in name}
    most = 1 + max((name.count(",") for name in with_commas), default=0)
    start = 0
    while start < len(pieces):
        for end in range(start + most, start, -1):
            name = ",".join(pieces[start:end]).strip()
            if end == start + 1 or name in with_commas:
                break
        names.append(name)
        start = end
    return [name for name in names if name]
