"""A form field for moments, which are entered as local time of a schedule's zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from ..forms import as_validation_error
from ..schedule.errors import InvalidNotation
from ..schedule.notation import end_of_days, parse_end_of_override, parse_moment
from ..schedule.spans import local_seconds, to_unix
from .messages import MESSAGES

YEARS = range(1970, 2100)
"""The years of the moments that are taken."""
_WITH_OFFSET = re.compile(r".+:.+(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)
_UTC = ZoneInfo("UTC")


class ZonedMomentField(forms.CharField):
    """Takes `2026-12-24 12:00`, or that with an offset from UTC.

    The form sets the zone, and calls `moment` when it knows it.
    """

    zone: ZoneInfo = _UTC
    widget = forms.TextInput({"size": 26, "placeholder": "2026-12-24 12:00"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        local = value.astimezone(self.zone)
        text = _written(local)
        is_twice = len(_instants(local.replace(tzinfo=None), self.zone)) > 1
        return text + (_offset(local) if is_twice else "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.moment(data or "") != initial)
        except ValidationError:
            return True

    def moment(self, text: str, since: datetime | None = None) -> datetime:
        """Return the moment that the text means in the zone, in UTC.

        A date alone is its midnight; for an end, `since` the same midnight, it is the
        next one. Raises ValidationError.
        """
        text = text.strip()
        if _WITH_OFFSET.fullmatch(text):
            with as_validation_error():
                return _within_years(parse_moment(text), text)
        try:
            reading, is_date = parse_end_of_override(text)
        except InvalidNotation:
            raise _refusal("unknown_moment_in_zone", text=repr(text)) from None
        _within_years(reading, text)
        if is_date:
            if since is not None:
                start = since.astimezone(self.zone).replace(tzinfo=None)
                with as_validation_error():
                    reading = end_of_days(start, reading)
            # Where midnight is skipped, the day begins later.
            seconds = to_unix(local_seconds(reading), self.zone)
            return datetime.fromtimestamp(seconds, UTC)
        return self._instant(reading)

    def _instant(self, reading: datetime) -> datetime:
        found = _instants(reading, self.zone)
        if len(found) == 1:
            return found[0]
        clock, day, zone = f"{reading:%H:%M}", reading.date(), self.zone
        if not found:
            raise _refusal("time_is_skipped", time=clock, day=day, zone=zone)
        both = [one.astimezone(zone) for one in found]
        first, second = (_written(one) + _offset(one) for one in both)
        raise _refusal(
            "time_comes_twice",
            time=clock,
            day=day,
            zone=zone,
            first=first,
            second=second,
        )


def _instants(reading: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the moments at which it is this time in the zone: one, two, or none."""
    passes = (reading.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    found = sorted({one.astimezone(UTC) for one in passes})
    return [
        one for one in found if one.astimezone(zone).replace(tzinfo=None) == reading
    ]


def _written(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def _offset(local: datetime) -> str:
    return local.isoformat(timespec="seconds")[19:]


def _within_years(moment: datetime, text: str) -> datetime:
    if moment.year not in YEARS:
        raise _refusal("moment_out_of_range", text=repr(text))
    return moment


def _refusal(code: str, **params: Any) -> ValidationError:
    return ValidationError(gettext(MESSAGES[code]), code=code, params=params)
