"""Moments of rows: aware, in UTC and exact, whatever the site's time zone is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import serializers
from django.db import connection, connections, models
from django.db.models import Max

from otel_sla.models import FeedToken, Override
from otel_sla.schedule import InvalidDefinition

from ..support.make import make_schedule, utc

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_PASS = utc(2026, 10, 25, 0, 30)
SECOND_PASS = utc(2026, 10, 25, 1, 30)
ZONES = [(True, "UTC"), (True, "Asia/Kathmandu"), (False, "Europe/Berlin")]
OF_SITES = pytest.mark.parametrize(("use_tz", "zone"), ZONES)


def be_of(settings: Any, use_tz: bool, zone: str) -> None:
    settings.USE_TZ, settings.TIME_ZONE = use_tz, zone


@pytest.mark.django_db
@OF_SITES
@pytest.mark.parametrize("zone_given", [UTC, BERLIN])
@pytest.mark.parametrize("moment", [FIRST_PASS, SECOND_PASS, utc(2026, 7, 1, 23, 59)])
def test_a_moment_is_read_as_it_was_written(
    moment: datetime, zone_given: Any, use_tz: bool, zone: str, settings: Any
) -> None:
    be_of(settings, use_tz, zone)
    given = moment.astimezone(zone_given)
    row, _ = FeedToken.objects.issue("ops", given)
    FeedToken.objects.update(last_used=given)
    rows = FeedToken.objects.filter(created=given, last_used__lte=given)
    assert rows.get().revoked is None
    rows.revoke(given)
    row.refresh_from_db()
    columns = ("created", "last_used", "revoked")
    assert [getattr(row, name).isoformat() for name in columns] == [
        moment.isoformat()
    ] * 3
    assert FeedToken.objects.values_list("created", flat=True).get() == moment
    assert FeedToken.objects.aggregate(last=Max("created")) == {"last": moment}


@pytest.mark.django_db
@OF_SITES
def test_a_moment_of_the_second_pass_is_after_all_of_the_first(
    use_tz: bool, zone: str, settings: Any
) -> None:
    be_of(settings, use_tz, zone)
    second = SECOND_PASS - timedelta(minutes=20)
    for name, moment in [("second", second), ("first", FIRST_PASS)]:
        FeedToken.objects.issue(name, moment)
    in_order = FeedToken.objects.order_by("created")
    assert [row.name for row in in_order] == ["first", "second"]
    assert FeedToken.objects.get(created__gt=FIRST_PASS).name == "second"


@pytest.mark.django_db
def test_rows_are_the_same_after_the_site_has_changed_its_mind(settings: Any) -> None:
    for use_tz, zone in ZONES:
        be_of(settings, use_tz, zone)
        FeedToken.objects.issue(f"{use_tz} {zone}", SECOND_PASS)
    for use_tz, zone in ZONES:
        be_of(settings, use_tz, zone)
        read = set(FeedToken.objects.values_list("created", flat=True))
        assert read == {SECOND_PASS}, (use_tz, zone)


@pytest.mark.django_db
def test_a_fixture_of_one_site_is_loaded_by_another(settings: Any) -> None:
    for (dumping, loading), form in product(permutations(ZONES, 2), ("json", "xml")):
        be_of(settings, *dumping)
        row, _ = FeedToken.objects.issue("ops", SECOND_PASS)
        text = serializers.serialize(form, [row])
        row.delete()
        be_of(settings, *loading)
        for loaded in serializers.deserialize(form, text):
            loaded.save()
        read = FeedToken.objects.get()
        assert read.created == SECOND_PASS, (dumping, loading, form)
        read.delete()


@pytest.mark.django_db
@OF_SITES
def test_the_column_is_that_of_django_s_own_field_in_a_site_with_time_zones(
    use_tz: bool, zone: str, settings: Any
) -> None:
    own = models.DateTimeField()
    field = FeedToken._meta.get_field("created")
    own.set_attributes_from_name("created")
    assert field.db_type(connection) == own.db_type(connection)
    assert field.deconstruct()[1] == own.deconstruct()[1]
    settings.USE_TZ = True
    written = own.get_db_prep_save(SECOND_PASS, connection)
    be_of(settings, use_tz, zone)
    assert field.get_db_prep_save(SECOND_PASS, connection) == written


@pytest.fixture
def zone_of_database(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """A site that has set a time zone for its database."""
    settings.USE_TZ = True
    kept = vars(connections["default"])
    kept.pop("timezone", None)
    monkeypatch.setitem(connection.settings_dict, "TIME_ZONE", "Asia/Kathmandu")
    yield
    kept.pop("timezone", None)


@pytest.mark.django_db
@pytest.mark.usefixtures("zone_of_database")
def test_moments_are_stored_in_the_zone_that_the_site_has_set_for_its_database() -> (
    None
):
    FeedToken.objects.issue("ops", SECOND_PASS)
    assert FeedToken.objects.get().created == SECOND_PASS
    with connection.cursor() as cursor:
        cursor.execute("SELECT created FROM otel_sla_feedtoken")
        stored = str(cursor.fetchone()[0])
    has_zones = connection.features.supports_timezones
    assert stored.startswith("2026-10-25 01:30" if has_zones else "2026-10-25 07:15")


@pytest.mark.django_db
def test_a_naive_moment_is_refused_with_what_would_be_right(settings: Any) -> None:
    be_of(settings, False, "Europe/Berlin")
    with pytest.raises(ValueError, match=r"is naive: give .* datetime\.now\(UTC\)"):
        FeedToken.objects.issue("ops", datetime(2026, 10, 25, 2, 30))


@pytest.mark.django_db
@OF_SITES
def test_an_aware_moment_is_no_local_time_of_an_override(
    use_tz: bool, zone: str, settings: Any
) -> None:
    be_of(settings, use_tz, zone)
    schedule = make_schedule()
    day = {"start": datetime(2026, 10, 25, 2, 30), "end": datetime(2026, 10, 26)}
    row = Override.objects.create(schedule=schedule, **day)
    row.refresh_from_db()
    assert (row.start, row.end) == tuple(day.values())
    with pytest.raises(InvalidDefinition, match=r"has a UTC offset. Use the schedule"):
        Override.objects.create(schedule=schedule, **{**day, "start": FIRST_PASS})
    with pytest.raises(InvalidDefinition, match="has a UTC offset"):
        Override.objects.update(end=SECOND_PASS)
