"""Model fields: texts with a notation, and the wall clock of a schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from .forms import (
    ClockFormField,
    DayFormField,
    LocalDateTimeFormField,
    PercentageFormField,
    no_percentage,
    parsed,
)
from .schedule import notation

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
        return parsed(notation.parse_reading, str(value))

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


class PercentageField(_DecimalField):
    """A percentage above 0; model, form and catalogue refuse in the same words."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        try:
            return super().clean(value, model_instance)
        except ValidationError as error:
            raise no_percentage(self, value, error) from error

    def deconstruct(self) -> Any:
        """As the plain field that it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PercentageFormField, **kwargs})


class ClockField(_TimeField):
    """A time of day."""

    def to_python(self, value: Any) -> Any:
        return _converted(super().to_python, notation.parse_clock, value)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TimeField", args, kwargs

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": ClockFormField, **kwargs})


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
        return type(self).format(parsed(type(self).parse, text))


class WeekdaysField(NotationField):
    """`mon-fri`, `sat,sun`, `daily`."""

    parse = staticmethod(notation.parse_weekdays)
    format = staticmethod(notation.format_weekdays)


class NumbersField(NotationField):
    """`1,15,-1`."""

    parse = staticmethod(notation.parse_numbers)
    format = staticmethod(notation.format_numbers)


def _converted(
    convert: Callable[[Any], Any], parse: Callable[[str], Any], value: Any
) -> Any:
    """The value by Django's lights, or else by the catalogue's, in whose words it is
    refused."""
    try:
        return convert(value)
    except ValidationError:
        return parsed(parse, str(value))
