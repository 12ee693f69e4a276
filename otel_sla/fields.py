"""Model fields: moments, local dates and times, names, percentages and numbers."""

from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.forms import DateTimeField
from django.forms import Field as FormField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .forms import (
    ClockFormField,
    DayFormField,
    LocalDateTimeFormField,
    PercentageFormField,
    WrittenFormField,
    no_percentage,
    parsed,
)
from .schedule import InvalidDefinition, notation
from .schedule.kinds import (
    CALENDARS,
    DAY_OF_YEAR,
    HOURS,
    MONTHS,
    NUMBERS,
    WEEKDAYS,
    Kind,
)


class _WithFormField(models.Field):
    """A field with a form field of its own."""

    form_class: ClassVar[type[FormField]]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": self.form_class, **kwargs})


class _Plain(_WithFormField):
    """A field that migrations record as Django's own: to the database it is that."""

    recorded_as: ClassVar[str]
    """The name of the class in django.db.models."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.recorded_as}", args, kwargs


class LocalDateTimeField(_WithFormField):
    """A local date and time of the schedule's zone, whatever USE_TZ says.

    Django's DateTimeField would convert it between zones. Stored as a timestamp
    without time zone.
    """

    description = _("Local date and time")
    form_class = LocalDateTimeFormField

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

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if isinstance(value, datetime) and value.tzinfo is not None:
            # Each database would convert it to a zone of its own.
            raise InvalidDefinition(self.name, "override_with_offset", value=value)
        return super().get_db_prep_save(value, connection)

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else notation.format_reading(value)


class MomentField(_Plain, models.DateTimeField):
    """An aware datetime, read in UTC, whatever USE_TZ and TIME_ZONE say.

    With USE_TZ = False Django's own has local times, of which an hour repeats in
    autumn. The column is the same, and so are its values with USE_TZ = True.
    """

    form_class = DateTimeField
    recorded_as = "DateTimeField"

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is not None and value.tzinfo is None:
            raise ValueError(
                f"{value!r} is naive: give an aware moment, such as datetime.now(UTC)"
            )
        return value

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        value = value if prepared else self.get_prep_value(value)
        if value is not None and connection.vendor != "postgresql":
            value = value.astimezone(_zone_of(connection)).replace(tzinfo=None)
        return connection.ops.adapt_datetimefield_value(value)

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:
        """Have PostgreSQL answer in UTC, not in the time zone of the session."""
        if compiler.connection.vendor == "postgresql":
            sql = f"({sql} AT TIME ZONE 'UTC')"
        return sql, params

    def from_db_value(
        self, value: datetime | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            value = value.replace(tzinfo=_zone_of(connection))
        return value.astimezone(UTC)


class CreationField(MomentField):
    """When a row was created, also in bulk, unless it is given. Old rows have none."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if add and getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, datetime.now(UTC))
        return super().pre_save(model_instance, add)


def _zone_of(connection: BaseDatabaseWrapper) -> tzinfo:
    """Return the zone of moments that are stored or read without one.

    It is UTC, unless the site has set another for databases that can't store it.
    """
    own = None if connection.vendor == "postgresql" else connection.timezone
    return own or UTC


class NameField(models.CharField):
    """A case-sensitive name, also on MariaDB, whose default collation is not.

    Model, form and catalogue refuse its length with the same message.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        length = format_lazy(_("Use 1 to {most} characters."), most=self.max_length)
        # Not passed as error_messages, which a migration would record.
        self.error_messages.update(blank=length, max_length=length)

    def formfield(self, **kwargs: Any) -> Any:
        length = self.error_messages["max_length"]
        messages = {"required": length, "max_length": length}
        return super().formfield(**{"error_messages": messages, **kwargs})

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return _exact(super().db_parameters(connection), connection)


class ExactTextField(models.TextField):
    """Text of any length that is case-sensitive on MariaDB, too."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return _exact(super().db_parameters(connection), connection)


def _exact(parameters: Any, connection: BaseDatabaseWrapper) -> Any:
    if connection.vendor == "mysql":
        parameters["collation"] = "utf8mb4_bin"
    return parameters


class PercentageField(_Plain, models.DecimalField):
    """A percentage above 0. Model, form and catalogue refuse in the same words."""

    form_class = PercentageFormField
    recorded_as = "DecimalField"

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        try:
            return super().clean(value, model_instance)
        except ValidationError as error:
            raise no_percentage(self, value, error) from error


class _Written(_Plain):
    """A field that takes what Django's takes, or else what a catalogue does."""

    form_class: ClassVar[type[WrittenFormField]]

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            return parsed(self.form_class.kind.parse, str(value))


class ClockField(_Written, models.TimeField):
    """A time of day."""

    form_class = ClockFormField
    recorded_as = "TimeField"


class DayField(_Written, models.DateField):
    """A date."""

    form_class = DayFormField
    recorded_as = "DateField"


class NotationField(models.CharField):
    """Text in a notation of its own, kept in its shortest form."""

    kind: ClassVar[Kind]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.kind.store(parsed(self.kind.load, text)) if text else text


class WeekdaysField(NotationField):
    """`mon-fri`, `sat,sun`, `daily`."""

    kind = WEEKDAYS


class NumbersField(NotationField):
    """`1-5,15,-1`."""

    kind = NUMBERS


class CodesField(NotationField):
    """`DE-BY,GB-ENG`: codes of holiday calendars."""

    kind = CALENDARS

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class DayOfYearField(CodesField):
    """`12-24` of every year, `2026-12-24` of one."""

    kind = DAY_OF_YEAR


class HoursField(CodesField):
    """`09:00-12:00,14:00-17:00`"""

    kind = HOURS


class MonthsField(NumbersField):
    """`3,dec,nov-feb`, kept as numbers."""

    kind = MONTHS

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        # They differ in notation only, so migrations don't have to tell them apart.
        return name, "otel_sla.fields.NumbersField", args, kwargs
