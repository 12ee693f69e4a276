"""What is measured by real servers is what the raw samples say."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan
from pathlib import Path
from random import Random

import pytest

from otel_sla.accounting import NotUp, not_up
from otel_sla.reports.source import NotMeasured

from ..support.prometheus import Prometheus
from ..support.sampled import SERVERS, START, every_minute, sampled, source_at
from ..support.victoria import Samples, Victoria

HOUR, DAY = 3_600, 86_400
DAYS = 3
UP = [1.0] * (DAYS * 1_440)
HOSTILE = 'a.b|c(d)"e\\f*ü'


def irregular(chance: Random) -> dict[float, float]:
    """Values of one series: mostly 1, with outages, shares, NaN, gaps, and a phase that
    moves, at most once in an hour and a half."""
    phase = chance.choice([0, 0, 0.001, 17.25, 59.999, chance.randrange(60_000) / 1000])
    values: dict[float, float] = {}
    minute, moved = 0, 0
    if not chance.randrange(4):
        minute = chance.randrange(2 * 1_440)
    end = DAYS * 1_440 if chance.randrange(4) else chance.randrange(3_000, 4_000)
    while minute < end:
        kind = chance.choice(["up"] * 5 + ["down", "share", "gap", "hours", "move"])
        length = chance.randrange(1, 400 if kind == "up" else 40)
        if kind == "hours":
            minute = -(-minute // 60) * 60 + 60 * chance.randrange(1, 6)
        elif kind == "gap":
            minute += length
        elif kind == "move" and minute - moved > 90:
            phase, moved = chance.randrange(60_000) / 1000, minute
            values = {at: one for at, one in values.items() if at < START + minute * 60}
        else:
            share = {"down": 0.0, "share": chance.choice([0.25, 0.1, nan])}.get(kind, 1)
            for _ in range(min(length, end - minute)):
                at = round(START + minute * 60 + phase, 3)
                # VictoriaMetrics has no NaN, which would cut the sample before it.
                is_apart = at - 60 >= next(reversed(values), 0.0)
                values[at] = 0.0 if isnan(share) and not is_apart else float(share)
                minute += 1
    return values


def all_series() -> dict[str, list[dict[float, float]]]:
    chance = Random(29)  # noqa: S311 - no secret
    found = {
        f"{number}-{HOSTILE if number == 3 else 'shop'}": [
            irregular(chance) for _ in range(1 + number % 3)
        ]
        for number in range(30)
    }
    minutes = every_minute(UP)
    # Replicas of which one is clean in an hour, and only the other in the next: for 40
    # seconds there is the sample of that alone, which is 0.
    edge = START + 11 * HOUR
    before = {at: one for at, one in every_minute(UP, START + 10).items() if at < edge}
    after = every_minute(UP, START + 50)
    after = {at: one for at, one in after.items() if at > edge - 200}
    after |= {at: 0.0 for at in after if at < edge}
    found["handover"] = [before, after]
    # A restart that loses no sample, and moves those after it.
    found["moved"] = [
        {at + (20 if at >= START + 700 * 60 else 0): one for at, one in minutes.items()}
    ]
    found["fine"] = [minutes]
    late = every_minute(UP, START + 17.25)
    found["a gap of whole hours"] = [
        {at: 1.0 for at in late if not 5 * HOUR < at - START < 9 * HOUR}
    ]
    found["down at the end of an hour"] = [
        minutes | {START + 3 * HOUR: 0.0, START + 5 * HOUR - 60: 0.0}
    ]
    found["down at the beginning"] = [minutes | {START + 3 * HOUR + 60: 0.0}]
    return found


@pytest.fixture(scope="module")
def series() -> dict[str, list[dict[float, float]]]:
    return all_series()


@pytest.fixture(scope="module", params=list(SERVERS))
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    series: dict[str, list[dict[float, float]]],
) -> Iterator[Prometheus]:
    samples = [
        sampled(name, values, replica=str(number))
        for name, several in series.items()
        for number, values in enumerate(several)
        if values
    ]
    samples += list(_recorded())
    samples.append(sampled("above 1", every_minute([1.0, 2.0, 0.0, *UP])))
    folder: Path = tmp_path_factory.mktemp("server")
    with SERVERS[request.param](folder, samples) as running:
        yield running


def _recorded() -> Iterator[Samples]:
    """What rules and exporters have said of two components, in hours and minutes."""
    marks = [START + hour * HOUR + 60 for hour in range(50)]
    for replica in "ab":
        values = {float(at): 3_600.0 for at in marks}
        name = "component:service_scheduled_seconds:sum1h"
        yield sampled("fine", values, name, replica=replica)
    for schedule, first, last in (("old", 0, 1_439), ("new", 1_440, 4_000)):
        minutes = {float(START + 60 * minute): 1.0 for minute in range(first, last)}
        labels = {"agreement": "gold", "schedule": schedule, "timezone": "UTC"}
        yield sampled("fine", minutes, "service_window_info", **labels)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (START, START + DAYS * DAY),
        (START + 7 * HOUR, START + DAY + 5 * HOUR),
        (START + HOUR, START + 2 * DAY + 1_234),
        (START - 2 * DAY, START + 30),
        (START + 2 * DAY, START + 4 * DAY),
    ],
)
def test_what_was_not_up_is_as_in_the_raw_samples(
    server: Prometheus,
    series: dict[str, list[dict[float, float]]],
    since: int,
    until: int,
) -> None:
    found = source_at(server.url).not_up(series, since, until)
    assert found.keys() == series.keys()
    for name, several in series.items():
        raw = [
            [(round(at * 1000), value) for at, value in one.items()] for one in several
        ]
        wanted = not_up(raw, since * 1000, until * 1000, 60_000)
        assert found[name].not_up == wanted, name


def test_the_number_of_series_is_told(server: Prometheus) -> None:
    names = ["fine", "handover", "unheard of"]
    found = source_at(server.url).not_up(names, START, START + DAY)
    assert [found[name].series for name in names] == [1, 2, 0]
    assert found["unheard of"].not_up == [
        NotUp(START * 1000, (START + DAY) * 1000, None)
    ]
    assert found["fine"].not_up == []


def test_the_first_samples_are_found_to_the_millisecond(
    server: Prometheus, series: dict[str, list[dict[float, float]]]
) -> None:
    for before in (START + 4 * DAY, START + DAY + 100):
        found = source_at(server.url).first_samples(series, before)
        # VictoriaMetrics has no NaN.
        kept = {
            name: [
                at
                for one in several
                for at, value in one.items()
                if at < before and not (isnan(value) and isinstance(server, Victoria))
            ]
            for name, several in series.items()
        }
        wanted = {name: round(min(ats) * 1000) for name, ats in kept.items() if ats}
        assert found == wanted


def test_what_was_scheduled_then_is_of_the_hours_of_the_span(
    server: Prometheus,
) -> None:
    source = source_at(server.url)
    # The mark of an hour comes after its end; replicas count once.
    assert source.recorded(["fine", "other"], START, START + DAY) == {"fine": 86_400.0}
    span = START + 10 * HOUR, START + 12 * HOUR
    assert source.recorded(["fine"], *span) == {"fine": 7_200.0}
    assert source.recorded(["fine"], START + 60 * HOUR, START + 70 * HOUR) == {}


def test_descriptions_are_those_of_the_span(server: Prometheus) -> None:
    source = source_at(server.url)
    old, new = ("gold", "old", "UTC"), ("gold", "new", "UTC")
    assert source.described(START, START + DAY - 60) == {"fine": {old}}
    assert source.described(START, START + 2 * DAY) == {"fine": {old, new}}
    assert source.described(START + DAY, START + 2 * DAY) == {"fine": {new}}


def test_a_component_may_be_selected_by_more_labels(server: Prometheus) -> None:
    expression = 'max by (component) (component:availability:bool{replica="0"})'
    source = source_at(server.url, AVAILABILITY=expression)
    found = source.not_up(["handover"], START, START + DAY)["handover"]
    assert found.series == 1
    assert found.not_up == [
        NotUp(START * 1000, START * 1000 + 10_000, None),
        NotUp((START + 11 * HOUR) * 1000 + 10_000, (START + DAY) * 1000, None),
    ]


def test_a_value_above_1_is_refused_also_where_the_sum_is_that_of_an_hour(
    server: Prometheus,
) -> None:
    with pytest.raises(NotMeasured) as refused:
        source_at(server.url).not_up(["above 1", "fine"], START, START + DAY)
    assert str(refused.value).startswith(
        "Component 'above 1': The availability at 2026-03-02T00:01:00.000Z is 2. Use "
    )


def test_samples_that_are_much_denser_than_the_interval_are_refused(
    server: Prometheus,
) -> None:
    source = source_at(server.url, INTERVAL=300)
    with pytest.raises(NotMeasured, match=r"about 6\d samples an hour.* to 60\."):
        source.not_up(["fine"], START, START + DAY)


@pytest.mark.parametrize("kind", ["prometheus-2.42", "prometheus-3"])
def test_a_server_that_loads_few_samples_is_asked_for_less(
    kind: str, tmp_path: Path
) -> None:
    chance = Random(28)  # noqa: S311 - no secret
    series = {f"shop-{number}": irregular(chance) for number in range(3)}
    samples = [sampled(name, values) for name, values in series.items()]
    span = START, START + 2 * DAY
    with SERVERS[kind](tmp_path, samples, "--query.max-samples=2000") as server:
        found = source_at(server.url).not_up(series, *span)
        for name, values in series.items():
            raw = [(round(at * 1000), value) for at, value in values.items()]
            wanted = not_up([raw], span[0] * 1000, span[1] * 1000, 60_000)
            assert found[name].not_up == wanted
            first = source_at(server.url).first_samples([name], START + 3 * DAY)
            assert first == {name: raw[0][0]}


def test_a_server_that_can_t_load_an_hour_says_what_to_raise(tmp_path: Path) -> None:
    samples = [sampled("shop", every_minute(UP))]
    servers = SERVERS["prometheus-2.42"]
    with (
        servers(tmp_path, samples, "--query.max-samples=20") as server,
        pytest.raises(NotMeasured) as refused,
    ):
        source_at(server.url).not_up(["shop", "shop"], START, START + DAY)
    said = "Even 1 h of one component, 'shop', are too much for a query: "
    assert str(refused.value).startswith(said)
    assert str(refused.value).endswith("which in Prometheus is --query.max-samples.")


def test_the_answer_of_a_server_has_no_note(server: Prometheus) -> None:
    source = source_at(server.url)
    source.not_up(["fine"], START, START + HOUR)
    assert source.notes == []


def test_progress_ends_with_all_of_it(server: Prometheus) -> None:
    told: list[float] = []
    source_at(server.url).not_up(["0-shop"], START, START + DAYS * DAY, told.append)
    assert told == sorted(told)
    assert told[-1] == 1
