"""Instruments whose names are data: which rows have which."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Avg, Count, F
from django.db.models.functions import Collate
from prometheus_client.parser import text_string_to_metric_families

from otel_sla.bridge import RowMetrics, attribute, discovery, gauge
from otel_sla.bridge.faults.rows import faults
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Collection, Registry
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

from ..shop.models import Kind, Reading

NOW = 1_800_000_000
VALUES = gauge.named_by("kind__metric", "value", unit="kind__unit", help="kind__help")

pytestmark = pytest.mark.django_db


def declared(name: str = "Sensors", **members: Any) -> type[RowMetrics]:
    given = {"queryset": Reading.objects.all(), "sensor": attribute("sensor")}
    return type(name, (RowMetrics,), {**given, "values": VALUES, **members})


def registered(*declarations: type[RowMetrics]) -> Registry:
    sources = Registry()
    for one in declarations:
        assert faults(one) == []
        sources.register(LastGood(discovery.source_of(one)))
    return sources


def text_of(collection: Collection) -> str:
    """The families of the collection but for those about it, each there once."""
    families = [
        one
        for one in collection.families(counters=False)
        if not one.instrument.name.startswith(("otel_sla.", "service_window."))
    ]
    text = write(families, (), negotiate("", "")).decode()
    names = [one.name for one in text_string_to_metric_families(text)]
    assert len(names) == len(set(names))
    return text


def scraped(given: Registry | type[RowMetrics]) -> list[str]:
    """The samples of one scrape."""
    sources = given if isinstance(given, Registry) else registered(given)
    lines = text_of(sources.collect(NOW)).splitlines()
    return [line for line in lines if not line.startswith("#")]


def dropped(sources: Registry) -> dict[str, dict[str, int]]:
    return {
        one.source: {reason: n for reason, n in one.dropped.items() if n}
        for one in sources.collect(NOW).readings
    }


def make(metric: str | None, *rows: tuple[str, float | None], **kind: Any) -> Kind:
    made = Kind.objects.create(metric=metric, **kind)
    Reading.objects.bulk_create(
        Reading(kind=made, sensor=sensor, value=value) for sensor, value in rows
    )
    return made


def test_rows_are_samples_of_the_instruments_that_they_name() -> None:
    make("room.temperature", ("a", 20.5), ("b", None), unit="Cel", help="Warmth.")
    make("room.size", ("a", 7), ("", 9))
    assert text_of(registered(declared()).collect(NOW)).splitlines() == [
        "# HELP room_size ",
        "# TYPE room_size gauge",
        'room_size{sensor="a"} 7.0',
        "room_size 9.0",
        "# HELP room_temperature_celsius Warmth.",
        "# TYPE room_temperature_celsius gauge",
        'room_temperature_celsius{sensor="a"} 20.5',
    ]


def test_a_scrape_has_the_names_of_that_moment() -> None:
    kind = make("room.size", ("a", 1), ("b", 2))
    sources = registered(declared())
    assert scraped(sources) == [
        'room_size{sensor="a"} 1.0',
        'room_size{sensor="b"} 2.0',
    ]
    make("room.noise", ("a", 3))
    Reading.objects.filter(sensor="b").update(value=4)
    found = [
        'room_noise{sensor="a"} 3.0',
        'room_size{sensor="a"} 1.0',
        'room_size{sensor="b"} 4.0',
    ]
    assert scraped(sources) == found
    Kind.objects.filter(pk=kind.pk).update(metric="room.area")
    assert scraped(sources) == [
        'room_area{sensor="a"} 1.0',
        'room_area{sensor="b"} 4.0',
        'room_noise{sensor="a"} 3.0',
    ]


def test_what_is_the_same_is_kept_from_reading_to_reading() -> None:
    make("room.size", ("a", 1), ("b", 2))
    source = discovery.source_of(declared())
    kept = LastGood(source)
    first = source.instruments_of(kept.take(NOW))
    Reading.objects.update(value=4)
    second = kept.take(NOW + 1)
    assert source.instruments_of(second) == first
    assert [value for value, _ in first[0].points(second)] == [4, 4]


def test_groups_are_samples_of_the_instruments_that_they_name() -> None:
    make("room.size", ("a", 1), ("a", 3), ("b", 5))
    make("room.noise", ("a", 7))
    means = gauge.named_by("kind__metric", Avg("value"))
    assert scraped(declared(values=means)) == [
        'room_noise{sensor="a"} 7.0',
        'room_size{sensor="a"} 2.0',
        'room_size{sensor="b"} 5.0',
    ]
    counts = gauge.named_by("kind__metric", Count("pk"), unit="kind__unit")
    assert scraped(
        declared(values=counts, unit=attribute("kind__unit"), sensor=None)
    ) == [
        "room_noise 1",
        "room_size 3",
    ]


@pytest.mark.parametrize(
    ("queryset", "found"),
    [
        (Reading.objects.none(), []),
        (Reading.objects.filter(pk__in=[]), []),
        (Reading.objects.order_by("-value")[:1], ['room_size{sensor="b"} 2.0']),
        (lambda: Reading.objects.filter(sensor="a"), ['room_size{sensor="a"} 1.0']),
    ],
)
def test_querysets_of_all_kinds_have_names(queryset: Any, found: list[str]) -> None:
    make("room.size", ("a", 1), ("b", 2))
    given = staticmethod(queryset) if callable(queryset) else queryset
    sources = registered(declared(queryset=given))
    assert [scraped(sources) for _ in range(2)] == [found, found]


@pytest.mark.parametrize("name", [None, "", "9lives", "a b", "é", "x" * 256, "_a"])
def test_a_name_that_no_instrument_can_have_costs_its_own_rows(
    name: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    make(name, ("a", 1), ("b", 2))
    make("room.size", ("a", 3))
    sources = registered(declared())
    assert scraped(sources) == ['room_size{sensor="a"} 3.0']
    assert dropped(sources) == {"tests.bridge.test_names_of_rows.Sensors": {"name": 2}}
    assert caplog.text.count("a name or a unit that no instrument can have") == 1


@pytest.mark.parametrize("unit", ["x" * 64, "°C"])
def test_a_unit_that_no_instrument_can_have_costs_its_own_rows(unit: str) -> None:
    make("room.size", ("a", 1), ("b", 2), unit=unit)
    make("room.size", ("c", 3), unit="m")
    assert scraped(declared()) == ['room_size_meters{sensor="c"} 3.0']


def test_the_unit_of_most_rows_of_a_name_is_used() -> None:
    make("room.size", ("a", 1), unit="By")
    make("room.size", ("b", 2), ("c", 3), unit="m", help="Zzz.")
    make("room.size", ("d", 4), unit="m", help="Aaa.")
    sources = registered(declared())
    text = text_of(sources.collect(NOW))
    assert "# HELP room_size_meters Aaa." in text
    assert "a" not in [line.split('"')[1] for line in scraped(sources)]
    assert [*dropped(sources).values()] == [{"name": 1}]


def test_rows_of_one_name_with_the_same_attributes_are_duplicates() -> None:
    make("room.size", ("a", 1), ("a", 2), ("b", 3))
    make("room.noise", ("a", 4))
    sources = registered(declared())
    assert scraped(sources) == [
        'room_noise{sensor="a"} 4.0',
        'room_size{sensor="b"} 3.0',
    ]
    assert [*dropped(sources).values()] == [{"duplicate": 2}]


def test_the_first_of_names_that_clash_in_prometheus_is_kept() -> None:
    make("disk_size_bytes", ("a", 1))
    make("disk.size", ("a", 2), unit="By")
    make("Disk.Size", ("a", 3), unit="m")
    sources = registered(declared())
    assert scraped(sources) == [
        'disk_size_meters{sensor="a"} 3.0',
        'disk_size_bytes{sensor="a"} 1.0',
    ]
    assert [*dropped(sources).values()] == [{"name": 1}]


def test_every_worker_keeps_the_same_of_too_many_names() -> None:
    make("room.b", ("a", 1))
    make("room.c", ("a", 2))
    few = gauge.named_by("kind__metric", "value", at_most=2)
    early, late = registered(declared(values=few)), registered(declared(values=few))
    assert len(scraped(early)) == 2
    for name in ("room.a", "room.d"):
        make(name, ("a", 3))
    for sources in early, late:
        assert scraped(sources) == ['room_a{sensor="a"} 3.0', 'room_b{sensor="a"} 1.0']
        assert [*dropped(sources).values()] == [{"name": 2}]


def test_a_declared_instrument_keeps_its_name_then_the_first_source_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make("room.size", ("a", 1), ("b", 2))
    make("otel_sla.source.up", ("a", 3))
    make("target_info", ("a", 4))
    make("room.noise", ("a", 5))
    fixed = declared(
        "Fixed", values=gauge("Room_size", Count("pk"), help=""), sensor=None
    )
    sources = registered(declared("First"), declared("Second"), fixed)
    found = ['room_noise{sensor="a"} 5.0', "room_size 5"]
    assert sorted(scraped(sources)) == found
    here = "tests.bridge.test_names_of_rows."
    assert dropped(sources) == {
        f"{here}First": {"name": 4},
        f"{here}Second": {"name": 5},
        f"{here}Fixed": {},
    }
    assert caplog.text.count("another instrument has the name") == 2
    # Also where another is read first, because it ran out of time.
    next(iter(sources)).ran_out_at = 1.0
    assert sorted(scraped(sources)) == found


def test_names_of_a_case_sensitive_column_are_told_apart() -> None:
    make("room.L1", ("a", 1))
    make("room.l2", ("a", 2))
    make("room.L2", ("a", 4))
    name: Any = F("kind__metric")
    if connection.vendor == "mysql":
        name = Collate(name, "utf8mb4_bin")
    sensors = declared(
        queryset=Reading.objects.annotate(name=name),
        values=gauge.named_by("name", Count("pk")),
    )
    sources = registered(sensors)
    # Instruments can't be told apart by the case of their names.
    assert scraped(sources) == ['room_l1{sensor="a"} 1', 'room_l2{sensor="a"} 1']
    assert [*dropped(sources).values()] == [{"name": 1}]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"n": gauge("shop.n", "value", help="")}, "a class of its own"),
        ({"values": gauge.named_by("kind__nothing", "value")}, "nothing"),
        ({"values": gauge.named_by("value", "value")}, "FloatField"),
        ({"values": gauge.named_by("", "value")}, "is not the path"),
        (
            {"values": gauge.named_by("sensor", "kind__metric")},
            "not a number",
        ),
        (
            {"values": gauge.named_by("sensor", "value", unit="kind")},
            "the unit of an instrument is text",
        ),
        (
            {"values": gauge.named_by("sensor", "value", help="kind__no")},
            "Cannot resolve keyword 'no'",
        ),
        (
            {"values": gauge.named_by("sensor", "value", help=None)},  # type: ignore[arg-type]
            "help is None, and should be the path",
        ),
        (
            {"values": gauge.named_by("sensor", "value", at_most=0)},
            "at_most: 0 is not a number of names: use a whole number, 1 or",
        ),
        (
            {"values": gauge.named_by("sensor", "value", at_most=True)},
            "at_most: True is not",
        ),
        ({"values": gauge.named_by("sensor", 7)}, "neither the path"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_declaration_is_refused_by_name(
    members: dict[str, Any], message: str
) -> None:
    (one,) = faults(declared(**members))
    assert one.place == "tests.bridge.test_names_of_rows.Sensors.values"
    assert message in one.message
