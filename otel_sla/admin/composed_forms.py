"""Forms of schedules and holiday calendars, which may be made of others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import modelform_factory
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from ..forms import as_validation_error
from ..models import CalendarDay, HolidayCalendar, Schedule
from ..schedule.attributes import SCHEDULE, Table, columns
from ..schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from ..schedule.name_lists import in_order, parse_codes, parse_lines
from .forms import help_texts
from .name_fields import CalendarsField, NamesField
from .widgets import ZoneInput

if TYPE_CHECKING:
    from ..schedule.definitions import CalendarSource, ScheduleSource


def _day(placeholder: str) -> forms.TextInput:
    attributes = {"size": 12, "placeholder": placeholder, "data-picker": "date"}
    return forms.TextInput(attributes)


CalendarDayForm = modelform_factory(
    CalendarDay,
    fields="__all__",
    help_texts=help_texts(CALENDAR_DAY),
    widgets={
        "date": _day("12-25"),
        "start": _day("12-24"),
        "end": _day("01-02"),
        "hours": forms.TextInput({"size": 24, "placeholder": "09:00-13:00"}),
    },
)


def _told(table: Table, name: str) -> dict[str, Any]:
    """Return the label and the help of a field that the table has."""
    attribute = next(one for one in table if one.name == name)
    return {"label": capfirst(_(attribute.label)), "help_text": _(attribute.help)}


class _WithCalendars(forms.ModelForm):
    """A form that has the codes and the calendars of a row in one input, `listed`.

    The row has the codes in a column of that name, and the calendars in another table.
    An admin has to exclude both from what the form's fields set.
    """

    listed: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            codes = parse_codes(getattr(self.instance, self.listed))
            calendars = self.instance.calendars.order_by("name")
            self.initial[self.listed] = [*calendars, *codes]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes typed, of a valid form."""
        entries = self.cleaned_data[self.listed]
        return in_order(one for one in entries if isinstance(one, str))

    @property
    def calendars(self) -> list[HolidayCalendar]:
        """The calendars typed, of a valid form."""
        entries = self.cleaned_data[self.listed]
        return [one for one in entries if isinstance(one, HolidayCalendar)]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            setattr(self.instance, self.listed, ",".join(self.codes))
            with as_validation_error():
                self.check_parts(self.cleaned_data)
        return cleaned

    def check_parts(self, cleaned: dict[str, Any]) -> None:
        """Refuse what can't be made of others. Raises InvalidDefinition."""
        raise NotImplementedError

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        self.instance.calendars.set(self.calendars)


class ScheduleForm(_WithCalendars):
    listed = "holidays"
    field_order = ("name", *columns(SCHEDULE))
    holidays = CalendarsField(**_told(SCHEDULE, "holidays"))
    includes = NamesField(Schedule, **_told(SCHEDULE, "includes"))
    excludes = NamesField(Schedule, **_told(SCHEDULE, "excludes"))

    class Meta:
        model = Schedule
        fields = ("name", "timezone", "always_open", "includes", "excludes")
        help_texts = help_texts(SCHEDULE)
        widgets: ClassVar = {"timezone": ZoneInput()}

    def check_parts(self, cleaned: dict[str, Any]) -> None:
        from .dependents import check_circles

        chosen = {field: cleaned[field] for field in ("includes", "excludes")}
        check_circles("schedule", self.instance, cleaned["name"], chosen)

    def source(self, rules: Iterable[Any], overrides: Iterable[Any]) -> ScheduleSource:
        """Return what the valid form defines, with those rules and overrides."""
        from ..schedule.definitions import ScheduleSource

        schedule: Schedule = self.instance
        return ScheduleSource(
            schedule.name,
            schedule.timezone,
            schedule.always_open,
            self.codes,
            _keys(self.calendars),
            _keys(self.cleaned_data["includes"]),
            _keys(self.cleaned_data["excludes"]),
            tuple(rule.definition() for rule in rules),
            tuple(override.definition() for override in overrides),
        )


class CalendarForm(_WithCalendars):
    listed = "include"
    field_order = ("name", *columns(CALENDAR))
    include = CalendarsField(**_told(CALENDAR, "include"))

    class Meta:
        model = HolidayCalendar
        fields = ("name", "without")
        help_texts: ClassVar = {
            "without": format_lazy(
                "{} {}", help_texts(CALENDAR)["without"], _("One per line.")
            )
        }
        widgets: ClassVar = {"without": forms.Textarea({"rows": 3, "cols": 40})}

    def check_parts(self, cleaned: dict[str, Any]) -> None:
        from ..schedule.calendars.limits import check_calendars, check_list
        from ..schedule.definitions import Definitions
        from .dependents import check_circles, stored_calendars

        if self.instance.pk is None:
            check_calendars(HolidayCalendar.objects.count() + 1, 0)
        chosen = {"include": self.calendars}
        check_list("without", len(parse_lines(cleaned["without"])))
        check_circles("calendar", self.instance, cleaned["name"], chosen)
        if cleaned["without"]:
            source = self.source(cleaned["name"], ())
            sources = {**stored_calendars(), self.instance.pk: source}
            _check_without(Definitions(sources, {}).calendar(self.instance.pk))

    def source(self, name: str, days: Iterable[Any]) -> CalendarSource:
        """Return what the valid form defines, with those days."""
        from ..schedule.definitions import CalendarSource

        return CalendarSource(
            name,
            self.codes,
            _keys(self.calendars),
            parse_lines(self.cleaned_data["without"]),
            tuple(day.definition() for day in days),
        )


def _keys(rows: Iterable[Any]) -> tuple[int, ...]:
    return tuple(one.pk for one in rows)


def _check_without(calendar: Any) -> None:
    """Refuse what takes no day away. Raises ValidationError."""
    from ..catalogue.messages import MESSAGES

    errors = [
        ValidationError(
            _(MESSAGES["unmatched_without"]),
            code="unmatched_without",
            params={"text": text},
        )
        for text in calendar.unmatched()
    ]
    if errors:
        raise ValidationError({"without": errors})
