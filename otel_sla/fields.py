"""Model and form fields: texts with a notation, and the wall clock of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from . import notation

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
    _CharField = models.CharField[Any, Any]
    _NameField = models.CharField[str, str]
    _DecimalField = models.DecimalField[Any, Any]
    _TimeField = models.TimeField[Any, Any]
    _DateField = models.DateField[Any, Any]
else:
    _Field, _CharField, _NameField = models.Field, models.CharField, models.CharField
    _DecimalField, _TimeField = models.DecimalField, models.TimeField
    _DateField = models.DateField


class LocalDateTimeFormField(forms.CharField):
    """Takes `2026-12-24 12:00`, and never converts it between time zones.

    A plain text: a browser's own input would show 12-hour time to half of its users,
    in which midnight is 12:00 AM.
    """

    widget = forms.TextInput({"size": 20, "placeholder": "2026-12-24 12:00"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return notation.format_reading(value).replace("T", " ")
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, datetime) or value in self.empty_values:
            return value or None
        return _parsed(notation.parse_reading, str(value).strip())

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True


class LocalDateTimeField(_Field):
    """A wall-clock reading without a zone, whatever USE_TZ says.

    Django's DateTimeField would take it for an instant and convert it; what is
    meant is the schedule's own clock. Stored as a timestamp without time zone.
    """

    description = "Local date and time"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "timestamp" if connection.vendor == "postgresql" else "datetime"

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime):
            return value
        return _parsed(notation.parse_reading, str(value))

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_datetimefield_value(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": LocalDateTimeFormField, **kwargs})

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else notation.format_reading(value)


class NameField(_NameField):
    """A name told apart by case everywhere: MariaDB's default collation would not.

    Model, form and catalogue say the same of its length.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        length = f"A name has 1 to {self.max_length} characters."
        # Not passed as error_messages, which a migration would record.
        self.error_messages.update(dict.fromkeys(("blank", "max_length"), length))

    def formfield(self, **kwargs: Any) -> Any:
        messages = {
            "required": self.error_messages["blank"],
            "max_length": self.error_messages["max_length"],
        }
        return super().formfield(**{"error_messages": messages, **kwargs})

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


class PercentageFormField(forms.DecimalField):
    """Says of whatever it refuses what would be right."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError as error:
            raise _no_percentage(self, value, error) from error


class PercentageField(_DecimalField):
    """A percentage above 0; model, form and catalogue refuse in the same words."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        try:
            return super().clean(value, model_instance)
        except ValidationError as error:
            raise _no_percentage(self, value, error) from error

    def deconstruct(self) -> Any:
        """As the plain field that it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PercentageFormField, **kwargs})


class ClockFormField(forms.TimeField):
    """Says of what is no time of day what the catalogue says of it."""

    def to_python(self, value: Any) -> Any:
        return _converted(super().to_python, notation.parse_clock, value)


class ClockField(_TimeField):
    """A time of day."""

    def to_python(self, value: Any) -> Any:
        return _converted(super().to_python, notation.parse_clock, value)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TimeField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": ClockFormField, **kwargs})


class DayFormField(forms.DateField):
    """Says of what is no date what the catalogue says of it."""

    def to_python(self, value: Any) -> Any:
        return _converted(super().to_python, notation.parse_date, value)


class DayField(_DateField):
    """A date."""

    def to_python(self, value: Any) -> Any:
        return _converted(super().to_python, notation.parse_date, value)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": DayFormField, **kwargs})


class NotationField(_CharField):
    """Text in a notation of its own, kept in its shortest form."""

    parse: Callable[[str], Any]
    format: Callable[[Any], str]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self._shortest(text) if text else text

    def _shortest(self, text: str) -> str:
        return type(self).format(_parsed(type(self).parse, text))


class WeekdaysField(NotationField):
    """`mon-fri`, `sat,sun`, `daily`."""

    parse = staticmethod(notation.parse_weekdays)
    format = staticmethod(notation.format_weekdays)


class NumbersField(NotationField):
    """`1,15,-1`."""

    parse = staticmethod(notation.parse_numbers)
    format = staticmethod(notation.format_numbers)


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise ValidationError(str(error), code="unknown_notation") from error


def _converted(
    convert: Callable[[Any], Any], parse: Callable[[str], Any], value: Any
) -> Any:
    """The value by Django's lights, or else by the catalogue's, in whose words it is
    refused."""
    try:
        return convert(value)
    except ValidationError:
        return _parsed(parse, str(value))


def _no_percentage(field: Any, value: Any, error: ValidationError) -> ValidationError:
    if value in field.empty_values:
        return error
    return ValidationError(
        "must be a percentage above 0, at most 100, with up to "
        f"{field.decimal_places} decimals, such as 99.9, not {str(value)!r}",
        code="no_percentage",
    )
