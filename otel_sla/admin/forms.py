"""Forms of the admin, and formsets limited to the rows that fit on a page."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet, modelform_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..forms import EndFormField, as_validation_error
from ..models import Agreement, Component, Override, Rule
from ..schedule.attributes import AGREEMENT, COMPONENT, OVERRIDE, RULE, Table, columns
from ..schedule.notation import end_of_days, parse_end_of_override
from .known_choices import is_key
from .messages import MESSAGES
from .widgets import LabelsField, WeekdayBoxes
from .zone_shift import CHOICES, INSTANTS

# A form of more than DATA_UPLOAD_MAX_NUMBER_FIELDS fields, 1,000 by default, is
# refused when it is sent. A rule has 21 at most, an override 7.
ROWS_SHOWN = 30
ROWS_TAKEN = 100
"""More than a form has fields for; Django would make 2,000 forms of any number."""
_KEPT_IN_SIGHT = timedelta(days=31)


def help_texts(table: Table) -> dict[str, Any]:
    """Return the help of each field that has some, translated when it is shown."""
    return {one.name: _(one.help) for one in table if one.help}


AgreementForm = modelform_factory(
    Agreement, fields="__all__", help_texts=help_texts(AGREEMENT)
)


class RuleForm(forms.ModelForm):
    """A rule. An end of 24:00 is stored as 00:00 one day later."""

    weekdays = forms.CharField(
        label=_("Weekdays"), widget=WeekdayBoxes, initial="mon-fri"
    )

    class Meta:
        model = Rule
        fields = ("schedule", *columns(RULE))
        help_texts = help_texts(RULE)
        field_classes = {"end": EndFormField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show midnight as 24:00, as it was typed, so that saving it adds no day."""
        super().__init__(*args, **kwargs)
        if self.instance.end == time(0) and self.instance.end_day:
            self.initial.update(end="24:00", end_day=self.instance.end_day - 1 or None)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        written = str(self["end"].data or "").strip()
        if cleaned is not None and written == "24:00" and "end_day" in cleaned:
            cleaned["end_day"] = (cleaned["end_day"] or 0) + 1
        return cleaned


class OverrideForm(forms.ModelForm):
    """An override. The same date in both, without a time, is the whole day."""

    all_day = forms.BooleanField(
        label=_("All day"),
        required=False,
        help_text=_("Dates without times; the last day is included."),
    )

    class Meta:
        model = Override
        fields = ("schedule", "component", "start", "end", "kind", "reason")
        help_texts = help_texts(OVERRIDE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show whole days as dates, the last of them included."""
        super().__init__(*args, **kwargs)
        for one in self.fields.values():
            # In rows of a table the fields have no labels of their own.
            one.widget.attrs.setdefault("aria-label", str(one.label))
        row = self.instance
        if row.pk and _is_midnight(row.start) and _is_midnight(row.end):
            last = row.end - timedelta(days=1)
            if last >= row.start:
                days = {"start": f"{row.start:%Y-%m-%d}", "end": f"{last:%Y-%m-%d}"}
                self.initial.update(all_day=True, **days)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and {"start", "end"} <= cleaned.keys():
            with as_validation_error("end"):
                cleaned["end"] = self._end(cleaned["start"], cleaned["end"])
        return cleaned

    def _end(self, start: datetime, end: datetime) -> datetime:
        """Return the end, exclusive. Raises InvalidDefinition and ValidationError."""
        _, is_date = parse_end_of_override(str(self["end"].data or "").strip())
        if not self.cleaned_data.get("all_day"):
            return end_of_days(start, end) if is_date else end
        for name, at in (("start", start), ("end", end)):
            if not _is_midnight(at):
                error = ValidationError(
                    gettext(MESSAGES["time_of_all_day"]), code="time_of_all_day"
                )
                raise ValidationError({name: error})
        if end < start:
            raise ValidationError(
                gettext(MESSAGES["last_day_before_first"]), code="last_day_before_first"
            )
        return end + timedelta(days=1)


def _is_midnight(reading: Any) -> bool:
    return isinstance(reading, datetime) and reading.time() == time(0)


class OwnOverridesField(forms.ChoiceField):
    """What a move to another time zone does to own overrides. It is not stored."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Own overrides"),
            choices=CHOICES,
            initial=INSTANTS,
            required=False,
            widget=forms.RadioSelect,
            help_text=_(
                "If the schedule of another agreement is in another time zone. Those "
                "that you type now are in the new zone."
            ),
        )

    def clean(self, value: Any) -> Any:
        return super().clean(value) or INSTANTS

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class ComponentForm(forms.ModelForm):
    own_overrides = OwnOverridesField()
    labels = LabelsField(
        label=_("Labels"), required=False, help_text=help_texts(COMPONENT)["labels"]
    )

    class Meta:
        model = Component
        fields = ("name", *columns(COMPONENT))
        help_texts = help_texts(COMPONENT)


class InSight(BaseInlineFormSet):
    """A formset of the rows that fit on a page. A submitted one has the same rows."""

    model: Any
    fk: Any
    absolute_max: int
    most = ROWS_SHOWN
    """Rows that a page shows."""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        rows = kwargs.pop("queryset", None)
        rows = self.model._default_manager.all() if rows is None else rows
        if data is None:
            rows = rows.filter(pk__in=self.shown(kwargs["instance"]))
        else:
            prefix = kwargs.get("prefix") or self.get_default_prefix()
            sent = (data.get(f"{prefix}-{n}-id", "") for n in range(ROWS_TAKEN))
            rows = rows.filter(pk__in=[int(pk) for pk in sent if is_key(pk)])
        super().__init__(data, queryset=rows, **kwargs)
        self.absolute_max = ROWS_TAKEN

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add the box that deletes a row, which has no label of its own."""
        super().add_fields(form, index)
        box = form.fields.get(forms.formsets.DELETION_FIELD_NAME)
        if box is not None:
            box.widget.attrs["aria-label"] = gettext("Delete %(row)s") % {
                "row": form.instance or gettext("this row")
            }

    @classmethod
    def shown(cls, owner: Any) -> list[int]:
        """Return the keys of the owner's rows that a page shows."""
        if owner is None or owner.pk is None:
            return []
        rows = cls.model._default_manager.filter(**{cls.fk.name: owner})
        if rows.count() > cls.most:
            rows = cls.in_order(rows)
        return list(rows.values_list("pk", flat=True)[: cls.most])

    @staticmethod
    def in_order(rows: QuerySet[Any]) -> QuerySet[Any]:
        """Sort the rows by how much they are worth showing."""
        return rows.order_by("pk")

    def rows_after(self, owner: Any) -> list[Any]:
        """Return all rows that the owner would have after saving, also those not shown.

        The formset is valid.
        """
        deleted = set(map(id, self.deleted_forms))
        # One without a row is of somebody else's row, which is not saved either.
        forms = [form for form in self.initial_forms if form.instance.pk]
        forms += [form for form in self.extra_forms if form.has_changed()]
        kept = [form.instance for form in forms if id(form) not in deleted]
        if owner is None or owner.pk is None:
            return kept
        shown = [form.instance.pk for form in self.initial_forms]
        rest = self.model._default_manager.filter(**{self.fk.name: owner})
        return [*rest.exclude(pk__in=shown), *kept]


class OverridesInSight(InSight):
    """A formset of upcoming and recently ended overrides, the soonest first."""

    @staticmethod
    def in_order(rows: QuerySet[Any]) -> QuerySet[Any]:
        # UTC is good enough: a day more or less does not matter here.
        since = datetime.now(UTC).replace(tzinfo=None) - _KEPT_IN_SIGHT
        return rows.filter(end__gt=since).order_by("start", "pk")


def rows_after(model: Any, owner: Any, formsets: list[Any]) -> list[Any]:
    """Return all rows of the model that the owner would have after saving.

    Without a formset of the model, because the user may not see such rows, these are
    the saved ones.
    """
    for formset in formsets:
        if formset.model is model:
            after: list[Any] = formset.rows_after(owner)
            return after
    if owner.pk is None:
        return []
    link = next(one for one in model._meta.fields if one.related_model is type(owner))
    return list(model._default_manager.filter(**{link.name: owner}))
