"""Sources that are functions: what they may yield, and what a wrong one costs."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy

from otel_sla.bridge import (
    Read,
    Sample,
    discovery,
    source,
)
from otel_sla.bridge.declare.functions import SourceFunction
from otel_sla.bridge.families import Instrument
from otel_sla.bridge.faults import functions as function_faults
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Collection, Registry
from otel_sla.bridge.self_metrics import READ, source_errors
from otel_sla.database.deadline import Deadline

from .test_names_of_rows import text_of

NOW = 1_800_000_000
HERE = "tests.bridge.test_functions"


class Colour(str, Enum):  # noqa: UP042 str() of a member is not its value
    RED = "red"


def registered(*declarations: SourceFunction) -> Registry:
    sources = Registry()
    for one in declarations:
        assert [*function_faults.faults(one)] == []
        sources.register(LastGood(discovery.source_of(one)))
    return sources


def yielding(*samples: Any, **options: Any) -> SourceFunction:
    """A source that yields these."""

    def things(read: Read) -> Iterator[Sample]:
        yield from samples

    return source(**options)(things)


def lines(collection: Collection) -> list[str]:
    text = text_of(collection).splitlines()
    return [line for line in text if not line.startswith("#")]


def dropped(collection: Collection) -> dict[str, int]:
    (reading,) = collection.readings
    return {reason: number for reason, number in reading.dropped.items() if number}


def test_what_a_function_yields_is_in_a_scrape_and_in_a_push() -> None:
    told = []

    @source
    def queues(read: Read) -> Iterator[Sample]:
        told.append((read.moment, read.left()))
        yield Sample("queue.size", 7, {"queue": "a"}, unit="By", help="Size.")
        yield Sample("queue.oldest", None, {"queue": "a"})
        yield Sample("queue.size", 9, {"queue": "b"}, unit="By")
        yield Sample("up", True)

    sources = registered(queues)
    collection = sources.collect(NOW, Deadline(5))
    assert text_of(collection).splitlines() == [
        "# HELP queue_size_bytes Size.",
        "# TYPE queue_size_bytes gauge",
        'queue_size_bytes{queue="a"} 7',
        'queue_size_bytes{queue="b"} 9',
        "# HELP up ",
        "# TYPE up gauge",
        "up 1",
    ]
    pushed = [
        (instrument.name, row.attributes.get("queue"), value)
        for rows, values, _ in collection.row_groups(counters=False)
        for row in rows
        for instrument, _, value in values
        if not instrument.name.startswith(("otel_sla.", "service_window."))
    ]
    assert pushed == [("queue.size", "a", 7), ("queue.size", "b", 9), ("up", None, 1)]
    ((moment, left),) = told
    assert moment == NOW
    assert 0 < left <= 5


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (7, "7"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 3, 29), "2026-03-29"),
        (UUID(int=5), str(UUID(int=5))),
        (Colour.RED, "red"),
        (gettext_lazy("Red"), "Red"),
        ('a"\n', 'a\\"\\n'),
        (None, None),
        ("", None),
    ],
)
def test_an_attribute_is_the_text_of_its_value(value: Any, shown: str | None) -> None:
    collection = registered(yielding(Sample("a", 1, {"x": value}))).collect(NOW)
    assert lines(collection) == ["a 1" if shown is None else f'a{{x="{shown}"}} 1']


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.5, "1.5"),
        (Decimal("2.5"), "2.5"),
        (timedelta(minutes=1), "60.0"),
        (datetime(2026, 1, 1, tzinfo=UTC), "1767225600.0"),
    ],
)
def test_a_value_is_the_number_that_it_means(value: Any, shown: str) -> None:
    collection = registered(yielding(Sample("a", value))).collect(NOW)
    assert lines(collection) == [f"a {shown}"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Sample("a", float("nan")), "value"),
        (Sample("a", float("inf")), "value"),
        (Sample("a", 2**53 + 1), "value"),
        (Sample("a", Decimal("sNaN")), "value"),
        (Sample("a", "7"), "value"),  # type: ignore[arg-type]
        (Sample("9", 1), "name"),
        (Sample(7, 1), "name"),  # type: ignore[arg-type]
        (Sample([], 1), "name"),  # type: ignore[arg-type]
        (Sample("target_info", 1), "name"),
        (Sample("a", 1, unit="°C"), "name"),
        (Sample("a", 1, unit=7), "name"),  # type: ignore[arg-type]
        (Sample("a", 1, {"x": []}), "labels"),
        (Sample("a", 1, {7: "x"}), "labels"),  # type: ignore[dict-item]
        (Sample("a", 1, {"job": "x"}), "labels"),
        (Sample("a", 1, {"a.b": "x", "a_b": "y"}), "labels"),
        (Sample("a", 1, {"x": "\ud800"}), "labels"),
        (Sample("a", 1, [("x", "y")]), "labels"),  # type: ignore[arg-type]
        (Sample("a", 1, None), "labels"),  # type: ignore[arg-type]
        (Sample("b", 2, {"a_b": "x"}), "duplicate"),
        (("b", 1), "sample"),
        (None, "sample"),
    ],
)
def test_a_wrong_sample_costs_itself(
    wrong: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    rest = [Sample("b", 1, {"a.b": "x"}), Sample("c", Fraction(5, 2))]  # type: ignore[arg-type]
    sources = registered(yielding(wrong, *rest))
    for _ in range(2):
        collection = sources.collect(NOW)
        duplicates = reason == "duplicate"
        assert lines(collection) == [*['b{a_b="x"} 1.0'] * (not duplicates), "c 2.5"]
        assert dropped(collection) == {reason: 1 + duplicates}
    assert caplog.text.count("left out of the metrics: ") == 1


def test_samples_are_told_apart_whatever_the_order_of_their_attributes() -> None:
    one = Sample("a", 1, {"x": "1", "y": "2"})
    other = Sample("a", 2, {"y": "2", "x": "1"})
    assert dropped(registered(yielding(one, other)).collect(NOW)) == {"duplicate": 2}


def test_a_mapping_that_is_used_again_is_taken_as_it_was() -> None:
    @source
    def things(read: Read) -> Iterator[Sample]:
        attributes = {}
        for number in range(2):
            attributes["x"] = number
            yield Sample("a", number, attributes)

    found = ['a{x="0"} 0', 'a{x="1"} 1']
    assert lines(registered(things).collect(NOW)) == found


def test_a_function_may_return_a_list_of_samples() -> None:
    @source(refresh=60)
    def things(read: Read) -> list[Sample]:
        return [Sample("a", read.moment - NOW)]

    sources = registered(things)
    # The first serves, too, ten seconds later.
    assert [lines(sources.collect(NOW + more)) for more in (0, 10)] == [["a 0"]] * 2


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (lambda: 1 / 0, r"ZeroDivisionError: division by zero \(line \d+ of"),
        (
            lambda: None,
            "can't be read: the function has returned None: yield samples",
        ),
        (lambda: Sample("a", 1), "returned one Sample: yield"),
        (lambda: exec("raise SystemExit(3)"), r"raised SystemExit\(3\)"),  # noqa: S102
    ],
)
def test_a_function_that_fails_is_answered_for_with_its_last_samples(
    fails: Callable[[], Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    result: list[Callable[[], Any]] = [lambda: [Sample("a", 1)]]

    @source
    def things(read: Read) -> Any:
        return result[0]()

    sources = registered(things)
    name = things.source_name()
    sources.collect(NOW)
    result[0] = fails
    for moment in (NOW + 1, NOW + 2):
        collection = sources.collect(moment)
        assert lines(collection) == ["a 1"]
        assert [one.is_read for one in collection.readings] == [False]
    assert source_errors[name, READ] == 2
    assert caplog.text.count("answering with those read at") == 1
    assert re.search(said, caplog.text)


def test_a_function_that_hangs_is_waited_for_once_and_then_until_it_is_back() -> None:
    back = threading.Event()
    back.set()

    @source(budget=0.2)
    def things(read: Read) -> Iterator[Sample]:
        yield Sample("a", read.moment - NOW)
        back.wait()

    kept = LastGood(discovery.source_of(things))
    assert kept.take(NOW).read_at == NOW
    back.clear()
    assert kept.take(NOW + 1).read_at == NOW
    began = time.monotonic()
    kept.source.budget = None
    assert kept.take(NOW + 2, Deadline(60)).read_at == NOW
    assert time.monotonic() - began < 10
    back.set()
    while kept.take(NOW + 3, Deadline(60)).read_at != NOW + 3:
        assert time.monotonic() - began < 10


def test_a_function_is_not_called_when_no_time_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = []

    @source
    def late(read: Read) -> list[Sample]:
        calls.append(read)
        return []

    assert not registered(late).collect(NOW, Deadline(0.0)).parts
    assert calls == []
    assert "there was no time left to call the function" in caplog.text


def test_a_function_runs_and_ends_on_one_thread_that_stays() -> None:
    threads = []

    @source(max_rows=3)
    def things(read: Read) -> Iterator[Sample]:
        threads.append(threading.get_ident())
        try:
            while True:
                yield Sample("a", 1)
        finally:
            threads.append(threading.get_ident())

    sources = registered(things)
    for _ in range(2):
        # Without an end, and so with more samples than it may have.
        assert sources.collect(NOW).left_out == (things.source_name(),)
    assert len(threads) == 4
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_instruments_are_kept_while_the_samples_have_the_same_attributes() -> None:
    @source
    def things(read: Read) -> Iterator[Sample]:
        yield Sample("a", read.moment, {"x": "1"})

    kept = LastGood(discovery.source_of(things))
    found: list[list[Instrument[Any]]] = [
        list(kept.source.instruments_of(kept.take(moment))) for moment in (NOW, NOW + 1)
    ]
    assert found[0] == found[1]


async def awaited(read: Read) -> list[Sample]:
    return []


async def generated(read: Read) -> Any:
    yield Sample("a", 1)


def without() -> list[Sample]:
    return []


def with_two(read: Read, more: int) -> list[Sample]:
    return []


@pytest.mark.parametrize(
    ("function", "options", "place", "message"),
    [
        (awaited, {}, "awaited", "is async"),
        (generated, {}, "generated", "is async"),
        (without, {}, "without", "takes (), and is called with one argument"),
        (with_two, {}, "with_two", "takes (read, more)"),
        (lambda read: [], {"at_most": 0}, "<lambda>.at_most", "0 is not a number of"),
        (lambda read: [], {"max_rows": 1.5}, "<lambda>.max_rows", "1.5 is not a"),
        (lambda read: [], {"refresh": "1"}, "<lambda>.refresh", "'1' is not a"),
        (lambda read: [], {"budget": -1}, "<lambda>.budget", "-1 is not a"),
    ],
)
def test_a_wrong_function_is_refused_by_name(
    function: Any, options: dict[str, Any], place: str, message: str
) -> None:
    (found,) = function_faults.faults(source(**options)(function))
    assert found.place == f"{HERE}.{place}"
    assert message in found.message


@pytest.mark.parametrize("given", [7, len, type])
def test_source_refuses_what_is_not_a_function(given: Any) -> None:
    with pytest.raises(TypeError, match="@source is for functions"):
        source(given)


def test_functions_are_found_in_the_module_that_has_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("tests.shop.row_metrics")
    code = """
from otel_sla.bridge import Sample, source
from tests.bridge.test_functions import imported

@source(refresh=15)
def things(read):
    yield Sample("shop.things", 7)

@source
def wrong():
    pass
"""
    exec(code, module.__dict__)  # noqa: S102
    monkeypatch.setattr(discovery, "_modules", lambda: [module])
    found = {one.source_name(): faults for one, faults in discovery.all_faults()}
    assert found.keys() == {"shop.things", "shop.wrong"}
    assert not found["shop.things"]
    assert "write def wrong(read)" in str(found["shop.wrong"][0])
    sources = Registry()
    discovery.register_all(sources)
    assert lines(sources.collect(NOW)) == ["shop_things 7"]


imported = yielding()
