"""Made-up samples: a month that repeats itself, through the accounting of real ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from otel_sla.accounting import NotUp
from otel_sla.prometheus.setting import SAMPLE_AVAILABILITY, parse_setting
from otel_sla.reports.samples_file import SamplesFile
from otel_sla.reports.source import NotMeasured

from ..support.make import utc
from ..support.processes import SAMPLE

NOW = int(utc(2026, 11, 30, 12).timestamp())
OCTOBER = int(utc(2026, 10, 1).timestamp())
NOVEMBER = int(utc(2026, 11, 1).timestamp())
HOUR, DAY = 3_600, 86_400

EVENTS = """
shop:
  - {day: 3, from: "10:00", to: "10:12"}
  - {day: 4, from: "23:59", to: "24:00", share: 0.25}
  - {day: 9, from: "00:00", to: "24:00", unknown: true}
new:
  - {in_service: {months_ago: 1, day: 12, from: "09:30"}}
fine: []
"""


def source_of(
    text: str, folder: Path, now: int = NOW, interval: int = 60
) -> SamplesFile:
    file = folder / "samples.yaml"
    file.write_text(text)
    setting = parse_setting({"SAMPLES_FILE": file, "INTERVAL": interval})
    assert setting
    return SamplesFile(setting, now)


def spans(begin: int, *events: tuple[int, int, int, str | None]) -> list[NotUp]:
    return [
        NotUp(
            (begin + (day - 1) * DAY + start) * 1000,
            (begin + (day - 1) * DAY + end) * 1000,
            None if share is None else Fraction(share),
        )
        for day, start, end, share in events
    ]


def test_events_happen_again_on_that_day_of_every_month(tmp_path: Path) -> None:
    source = source_of(EVENTS, tmp_path)
    for begin, end in ((OCTOBER, NOVEMBER), (NOVEMBER, NOVEMBER + 30 * DAY)):
        found = source.not_up(["shop", "fine"], begin, end)
        assert found["shop"].series == 1
        assert found["shop"].not_up == spans(
            begin,
            (3, 10 * HOUR, 10 * HOUR + 720, "0"),
            (4, DAY - 60, DAY, "1/4"),
            (9, 0, DAY, None),
        )
        assert found["fine"].not_up == []


def test_a_part_of_a_month_has_its_own_parts_of_events(tmp_path: Path) -> None:
    source = source_of(EVENTS, tmp_path)
    begin = NOVEMBER + 2 * DAY + 10 * HOUR
    found = source.not_up(["shop"], begin, begin + 130)["shop"].not_up
    assert found == [NotUp(begin * 1000, (begin + 130) * 1000, Fraction(0))]


def test_a_sample_stands_for_its_interval(tmp_path: Path) -> None:
    events = 'shop: [{day: 3, from: "23:35", to: "23:45"}]'
    source = source_of(events, tmp_path, interval=1_200)
    found = source.not_up(["shop"], NOVEMBER, NOVEMBER + 5 * DAY)["shop"].not_up
    assert found == spans(NOVEMBER, (3, DAY - 1_200, DAY, "0"))


def test_before_it_came_into_service_there_are_no_samples(tmp_path: Path) -> None:
    source = source_of(EVENTS, tmp_path)
    first = OCTOBER + 11 * DAY + 9 * HOUR + 1_800
    found = source.not_up(["new"], OCTOBER, NOVEMBER)["new"].not_up
    assert found == [NotUp(OCTOBER * 1000, first * 1000, None)]
    names = ["new", "fine", "other"]
    begins = source.first_samples(names, NOVEMBER)
    assert begins == {"new": first * 1000, "fine": (OCTOBER - 369 * DAY) * 1000}
    assert "new" not in source.first_samples(names, first)


def test_a_month_later_it_is_another_source(tmp_path: Path) -> None:
    now, later = source_of(EVENTS, tmp_path), source_of(EVENTS, tmp_path, NOW + DAY)
    assert now.digest != later.digest
    assert (
        later.first_samples(["new"], NOW)["new"] // 1000 == NOVEMBER + 11 * DAY + 34_200
    )


def test_nothing_is_known_of_a_component_that_is_not_in_the_file(
    tmp_path: Path,
) -> None:
    found = source_of(EVENTS, tmp_path).not_up(["other"], OCTOBER, NOVEMBER)["other"]
    assert found == ([NotUp(OCTOBER * 1000, NOVEMBER * 1000, None)], 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "can't be read: while parsing"),
        ("- shop", "is not a file of samples"),
        ("shop: 3", "is not a file of samples"),
        ("shop: [down]", "'down' is not an event"),
        ('shop: [{day: 3, from: "10:00"}]', "is not an event"),
        ('shop: [{day: 3, from: "10:00", to: "11:00", up: 1}]', "is not an event"),
        ('shop: [{day: 3, from: "10:00", to: "10:00"}]', "takes no time"),
        ('shop: [{day: 32, from: "10:00", to: "11:00"}]', "takes no time"),
        ('shop: [{day: 3, from: "10", to: "11:00"}]', "'10' is not a time such as"),
        ('shop: [{day: 3, from: "10:00", to: "24:01"}]', "'24:01' is not a time such"),
        ('shop: [{day: 3, from: "10:00", to: "11:00", share: 2}]', "2 is not a share"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(
    text: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(NotMeasured) as error:
        source_of(text, tmp_path)
    said = str(error.value)
    file = tmp_path / "samples.yaml"
    assert said.startswith(f'OTEL_SLA["PROMETHEUS"]["SAMPLES_FILE"]: {file} ')
    assert reason in said
    assert "\n" not in said


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    setting = parse_setting({"SAMPLES_FILE": tmp_path / "no.yaml"})
    assert setting
    with pytest.raises(NotMeasured, match="can't be read: No such file or directory"):
        SamplesFile(setting)


def test_the_shipped_file_is_about_the_components_of_the_sample_catalogue() -> None:
    components = yaml.safe_load(SAMPLE.read_text())["components"]
    enabled = {name for name, one in components.items() if one.get("enabled", True)}
    assert set(yaml.safe_load(SAMPLE_AVAILABILITY.read_text())) == enabled
    setting = parse_setting({"SAMPLES_FILE": SAMPLE_AVAILABILITY})
    assert setting
    found = SamplesFile(setting, NOW).not_up(enabled, OCTOBER, NOVEMBER)
    shares = [span.share for one in found.values() for span in one.not_up]
    assert None in shares
    assert 0 in shares
    assert any(share and 0 < share < 1 for share in shares)
    assert any(not one.not_up for one in found.values())
