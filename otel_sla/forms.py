"""Form fields that accept the catalogue's notation, with the same messages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError

from .language import gettext, translated
from .messages import MESSAGES, CodedError
from .schedule.kinds import CLOCK, DATE, READING, Kind
from .schedule.notation import parse_end

T = TypeVar("T")


@contextmanager
def as_validation_error(field: str | None = None) -> Iterator[None]:
    """Raise a coded error within as a ValidationError, with its code and parameters.

    It is about the field given, or else about the one that the error names.
    """
    try:
        yield
    except CodedError as error:
        refusal = ValidationError(translated(error.message), error.code)
        at_fault = field or error.field
        raise (ValidationError({at_fault: refusal}) if at_fault else refusal) from error


def parsed(parse: Callable[[str], T], text: str) -> T:
    """Parse a text in a notation. Raises ValidationError."""
    with as_validation_error():
        return parse(text)


class WrittenFormField(forms.CharField):
    """A value of a kind, as text. It has changed if its meaning has."""

    kind: ClassVar[Kind]

    def parse(self, text: str) -> Any:
        return self.kind.parse(text)

    def format(self, value: Any) -> str:
        return str(self.kind.dump(value))

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else self.format(value)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or not isinstance(value, str):
            return value or None
        return parsed(self.parse, value.strip())

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True


class ClockFormField(WrittenFormField):
    """Takes `09:00` or `09:00:30`."""

    kind = CLOCK
    widget = forms.TextInput(
        {"size": 8, "placeholder": "09:00", "maxlength": 8, "data-picker": "time"}
    )


class EndFormField(ClockFormField):
    """Takes `24:00` as well, for 00:00. The form has to count it a day later."""

    def parse(self, text: str) -> time:
        return parse_end(text)[0]


class DayFormField(WrittenFormField):
    """Takes `2026-12-24`."""

    kind = DATE
    widget = forms.TextInput(
        {"size": 12, "placeholder": "2026-12-24", "data-picker": "date"}
    )


class LocalDateTimeFormField(WrittenFormField):
    """Takes `2026-12-24 12:00`, and never converts it between time zones.

    A plain text, beside which a picker can be opened: a browser's own input takes one
    notation, and shows 12-hour time to half of its users, with midnight as 12:00 AM.
    """

    kind = READING
    widget = forms.TextInput(
        {"size": 18, "placeholder": "2026-12-24 12:00", "data-picker": "datetime-local"}
    )

    def format(self, value: Any) -> str:
        return super().format(value).replace("T", " ")


class PercentageFormField(forms.DecimalField):
    """A percentage, refused with the same message as in a catalogue."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError as error:
            raise no_percentage(self, value, error) from error


def no_percentage(field: Any, value: Any, error: ValidationError) -> ValidationError:
    """Return the error to raise for a value that the field has refused."""
    if value in field.empty_values:
        return error
    return ValidationError(
        gettext(MESSAGES["not_a_percentage"]),
        code="not_a_percentage",
        params={"value": str(value), "decimals": field.decimal_places},
    )
