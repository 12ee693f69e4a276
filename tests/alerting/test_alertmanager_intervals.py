"""manage.py alertmanager_intervals, and how amtool reads what it prints."""

from __future__ import annotations

import io
import re
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from otel_sla.models import Agreement, Component, Override, Schedule

from ..support.alertmanager import counted, open_minutes, receiver, refusal
from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    seconds,
)
from ..support.processes import ROOT, SAMPLE
from .test_alertmanager import by_engine

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("alertmanager_intervals", *arguments, stdout=out)
    return out.getvalue()


def intervals(*arguments: str) -> dict[str, list[dict[str, Any]]]:
    found = yaml.safe_load(printed(*arguments))["time_intervals"]
    return {one["name"]: one["time_intervals"] for one in found}


def configuration(directory: Path, *arguments: str) -> Path:
    """Return a configuration in which each route has its own receiver."""
    routes = yaml.safe_load(printed("--routes", *arguments))["routes"]
    for route in routes:
        route["receiver"] = route["active_time_intervals"][0]
    names = {"default", *(route["receiver"] for route in routes)}
    head = {
        "route": {"receiver": "default", "routes": routes},
        "receivers": [{"name": name} for name in sorted(names)],
    }
    file = directory / "alertmanager.yml"
    head_text = yaml.safe_dump(head, allow_unicode=True, sort_keys=False)
    file.write_text(f"{head_text}{printed(*arguments)}", "utf-8")
    return file


def close(component: Component, hour: int = 10) -> None:
    start, end = datetime(2026, 7, 1, hour), datetime(2026, 7, 1, hour + 1)
    Override.objects.create(component=component, start=start, end=end, kind="closed")


def test_amtool_accepts_the_sample_s_intervals_and_routes(tmp_path: Path) -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)
    file = configuration(tmp_path, "--from", "2026-11-01")
    assert refusal(file) == ""
    assert len(intervals()) == Schedule.objects.count() + 7


def test_the_document_s_example_works_and_is_what_is_printed(tmp_path: Path) -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)
    text = (ROOT / "docs" / "alertmanager.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)
    (routes,) = (one for one in examples if one.startswith("route:"))
    file = tmp_path / "alertmanager.yml"
    said = printed("--from", "2026-11-01")
    file.write_text(f"{routes}{said}", "utf-8")
    assert refusal(file) == ""
    (lines,) = (one for one in examples if "- name: service-window-" in one)
    assert set(lines.splitlines()) <= set(said.splitlines())


def test_a_schedule_made_of_others_is_printed_for_its_components_too(
    tmp_path: Path,
) -> None:
    closing = {"name": "Closing", "start": "12-24", "end": "01-02"}
    london, new_york = make_schedule("london"), make_schedule("new-york")
    london.calendars.add(make_calendar("company", closing))
    Schedule.objects.filter(name="new-york").update(timezone="America/New_York")
    both = make_schedule("both", (), timezone="UTC")
    both.includes.add(london, new_york)
    agreement = make_agreement(schedule=both)
    for name in ("shop", "own"):
        make_component(name, agreement=agreement)
    close(Component.objects.get(name="own"))
    file = configuration(tmp_path, "--from", "2026-07-01")
    assert refusal(file) == ""
    # Found by its name alone, too.
    found = intervals("--from", "2026-07-01", "--schedule", "both")
    assert list(found) == ["service-window-both", "component-service-window-own"]
    start, end = seconds(2026, 7, 1), seconds(2027, 7, 1)
    for entries, name in zip(found.values(), ("shop", "own"), strict=True):
        definition = Component.objects.get(name=name).definition()
        expected = by_engine(definition, start, end)
        assert open_minutes(entries, start, end, counted) == expected


def test_a_component_is_routed_by_its_schedule_s_interval(tmp_path: Path) -> None:
    make_component()
    file = configuration(tmp_path)
    gated = {"service_hours_gated": "true"}
    by_schedule = "service-window-office-london"
    assert receiver(file, component="web-shop", **gated) == by_schedule
    assert receiver(file, component="web-shop") == "default"
    assert receiver(file, component="web-shop-2", **gated) == "default"


def test_a_component_with_windows_of_its_own_has_an_interval_of_its_own(
    tmp_path: Path,
) -> None:
    make_component()
    close(make_component("refunds"))
    arguments = ("--from", "2026-07-01", "--days", "30")
    start = seconds(2026, 7, 1, 8)
    shared, own = (
        open_minutes(entries, start, start + 4 * 3600, counted).count("1")
        for entries in intervals(*arguments).values()
    )
    assert (shared, own) == (240, 180)
    file = configuration(tmp_path, *arguments)
    for name, interval in (
        ("web-shop", "service-window-office-london"),
        ("refunds", "component-service-window-refunds"),
    ):
        assert receiver(file, component=name, service_hours_gated="true") == interval


def test_an_override_that_changes_nothing_in_the_period_needs_no_interval() -> None:
    close(make_component(), hour=20)
    assert list(intervals("--from", "2026-07-01")) == ["service-window-office-london"]


def test_components_that_are_not_reported_are_not_routed() -> None:
    make_component(enabled=False)
    assert yaml.safe_load(printed("--routes")) == {"routes": []}


@pytest.mark.parametrize("name", ["a.b", "a|b", 'say "hi"', "back\\slash", "(x) *+?"])
def test_a_name_is_matched_as_it_is_and_no_other(name: str, tmp_path: Path) -> None:
    make_component(name)
    make_component("other", agreement=_elsewhere())
    file = configuration(tmp_path)
    assert refusal(file) == ""
    gated = {"service_hours_gated": "true"}
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    assert receiver(file, component=f'"{quoted}"', **gated) == (
        "service-window-office-london"
    )
    assert receiver(file, component="axb", **gated) == "default"


def _elsewhere() -> Agreement:
    return make_agreement("silver", schedule=make_schedule("elsewhere"))


def test_only_the_schedules_that_are_named() -> None:
    make_component("other", agreement=_elsewhere())
    make_schedule()
    named = ("--schedule", "elsewhere", "elsewhere")
    assert list(intervals(*named)) == ["service-window-elsewhere"]


def test_names_of_schedules_and_of_components_never_meet() -> None:
    close(make_component("x"))
    Schedule.objects.create(name="component-x")
    found = intervals("--from", "2026-07-01")
    assert len(found) == 3


def test_no_schedules_are_a_valid_section() -> None:
    assert yaml.safe_load(printed()) == {"time_intervals": []}


def test_the_months_where_it_is_still_yesterday_are_right_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At 02:00 UTC on the 1st of May it is April in New York."""
    make_schedule(timezone="America/New_York")
    monkeypatch.setattr("time.time", lambda: float(seconds(2026, 5, 1, 2)))
    assert "# Right from 2026-04-01 to 2027-06-30. " in printed()


def test_from_and_days_are_widened_to_whole_months() -> None:
    make_schedule()
    said = printed("--from", "2026-05-15", "--days", "20")
    assert "# Right from 2026-05-01 to 2026-06-30. " in said


def test_boundaries_that_alertmanager_can_t_have_are_warned_of() -> None:
    rule = {"weekdays": "daily", "start": time(9, 0, 30), "end": time(17)}
    make_schedule(rules=(rule,))
    warned = io.StringIO()
    call_command("alertmanager_intervals", stdout=io.StringIO(), stderr=warned)
    assert "service-window-office-london: " in warned.getvalue()
    assert "not on whole minutes" in warned.getvalue()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--schedule", "office-londn"), "Did you mean office-london?"),
        (("--from", "tomorrow"), "--from: 'tomorrow' is not a valid date and time"),
        (("--days", "0"), "--days must be 1 to 3,650, not 0"),
        (("--from", "9999-12-01"), "--from: "),
    ],
)
def test_what_can_t_be_printed_is_refused(
    arguments: tuple[str, ...], message: str
) -> None:
    make_schedule()
    with pytest.raises(CommandError, match=message.replace("?", r"\?")):
        printed(*arguments)


def test_a_schedule_that_can_t_be_evaluated_is_named_and_nothing_printed() -> None:
    make_schedule()
    make_schedule("broken", timezone="Nowhere/Land")
    with pytest.raises(CommandError, match="schedule broken can't be evaluated: timez"):
        printed()


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: Any) -> None:
    for number in range(3):
        close(make_component(f"component-{number}"))
        make_schedule(f"more-{number}")
    with django_assert_num_queries(7):
        printed("--from", "2026-07-01", "--days", "30")
