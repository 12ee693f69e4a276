"""The command that prints reports: formats, exit statuses, and refusals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from otel_sla.models import IssuedReport, Rule
from otel_sla.reports import issued
from otel_sla.reports.csv_file import as_csv
from otel_sla.reports.source import NotMeasured

from ..support.make import make_component
from ..support.measured import MadeUpSource, forget, s, use
from ..support.report_document import component, document, short

pytestmark = pytest.mark.django_db

OCTOBER = ("--period", "2026-10")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("time.time", lambda: float(s("2026-11-10T12:00")))
    forget()
    yield
    forget()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> MadeUpSource:
    return use(MadeUpSource(), monkeypatch)


class Said(io.StringIO):
    """What the command has written, and the status that it has exited with."""

    status = 0
    error = ""
    errors = ""


def report(*arguments: str) -> Said:
    out, err = Said(), io.StringIO()
    try:
        call_command("sla_report", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        out.status, out.error = error.returncode, str(error)
    out.errors = err.getvalue()
    return out


def test_the_last_calendar_month_is_reported_as_a_table(source: MadeUpSource) -> None:
    make_component()
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:15")
    source.down("web-shop", "2026-10-10T21:00", "2026-10-11T04:30")
    said = report()
    lines = said.getvalue().splitlines()
    assert lines[:7] == [
        "SLA report for October 2026, all components",
        "Made Tue 2026-11-10 12:00 UTC from Prometheus at https://prom.example.",
        "",
        "component  agreement  target  availability  down   left        result",
        "web-shop   gold       99.9 %  99.971 %      3 min  7 min 34 s  ✓ Met",
        "",
        "Outages in service hours",
    ]
    assert "outside service hours" in said.getvalue()
    assert "A sample covers the 60 s from its timestamp" in said.getvalue()
    assert said.status == 0


def test_a_missed_target_is_exit_status_3(source: MadeUpSource) -> None:
    make_component()
    make_component("api")
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T09:12")
    said = report(*OCTOBER, "--format", "json")
    assert said.status == 3
    assert said.error == "1 of 2 components missed the target."
    api, shop = json.loads(said.getvalue())["components"]
    assert (api["met"], shop["met"]) == (True, False)
    assert report(*OCTOBER, "--component", "api").status == 0


def test_json_has_the_documented_keys(source: MadeUpSource) -> None:
    make_component()
    found = json.loads(report(*OCTOBER, "--format", "json").getvalue())
    assert found["period"] == "2026-10"
    assert {
        *("component", "agreement", "start", "end", "target", "availability"),
        *("scheduled_seconds", "measured_seconds", "unknown_seconds"),
        *("excused_seconds", "down_seconds", "up_seconds", "budget_seconds"),
        *("met", "outages"),
    } <= set(found["components"][0])


def test_csv_opens_in_a_spreadsheet_without_formulas() -> None:
    hostile = component(
        "=cmd|'/C calc'!A0",
        agreement="@SUM(1)",
        labels={"=a": "b"},
        schedule="\uff1d1+1",
        budget_left_seconds=-3.5,
        notes=["+1", "second"],
    )
    text = as_csv(document(hostile))
    assert text.startswith("\ufeffperiod,component,")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    for column in ("component", "agreement", "labels", "schedule", "notes"):
        assert row[column].startswith("'"), column
    # A number below zero stays a number.
    assert row["budget_left_seconds"] == "-3.5"


def test_csv_shows_no_figure_that_was_not_measured() -> None:
    text = as_csv(document(short(availability=0.98765)))
    assert "0.98765" not in text
    assert "not enough data: 61 % of the time was measured" in text


def test_csv_and_html_are_printed_whole(source: MadeUpSource) -> None:
    make_component("Zürich")
    text = report(*OCTOBER, "--format", "csv").getvalue()
    assert text.count("\r\n") == 2
    assert text.endswith("\r\n")
    assert "Zürich" in text
    html = report(*OCTOBER, "--format", "html").getvalue()
    assert html.lstrip().lower().startswith("<!doctype html>")


def test_an_issued_report_stays_and_the_next_names_the_difference(
    source: MadeUpSource,
) -> None:
    make_component()
    said = report(*OCTOBER, "--issue")
    first = IssuedReport.objects.get()
    assert f"Issued as report {first.pk}, digest {first.digest}." in said.getvalue()
    before = json.dumps(first.document, sort_keys=True)
    # Nothing has changed: it is the same report.
    report(*OCTOBER, "--issue")
    assert IssuedReport.objects.count() == 1
    Rule.objects.update(end="16:00")
    said = report(*OCTOBER, "--issue", "--format", "json")
    json.loads(said.getvalue())
    second = IssuedReport.objects.exclude(pk=first.pk).get()
    assert f"Issued as report {second.pk}" in said.errors
    assert second.supersedes == first
    assert second.differences == [
        "web-shop: scheduled 176 h before, 154 h now.",
        "web-shop: the schedule, its holidays or its open overrides were edited.",
    ]
    first.refresh_from_db()
    assert json.dumps(first.document, sort_keys=True) == before
    assert issued.is_intact(first)
    first.document["components"][0]["down_seconds"] = 1
    assert not issued.is_intact(first)


def test_a_period_that_is_not_final_is_not_issued(source: MadeUpSource) -> None:
    make_component()
    said = report("--period", "2026-11", "--issue")
    assert said.status == 1
    assert "after the period has ended, at 2026-12-02 00:00 UTC" in said.error
    assert not IssuedReport.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--period", "2026-13"), "'2026-13' is not a valid month"),
        (("--period", "october"), "is not a valid period. Use a month such as"),
        (("--period", "2027-01"), "January 2027 has not begun yet"),
        (("--component", "web-shp"), "Did you mean web-shop?"),
        (("--agreement", "golf"), "Did you mean gold?"),
        (("--label", "team"), "'team' is not a label with its value"),
        (("--label", "team:x"), "No component has the label team:x"),
    ],
)
def test_what_makes_no_sense_is_refused(
    source: MadeUpSource, arguments: tuple[str, ...], message: str
) -> None:
    make_component()
    said = report(*arguments)
    assert said.status == 1
    assert message in said.error
    assert said.getvalue() == ""


@override_settings(OTEL_SLA={"PROMETHEUS": None})
def test_without_a_prometheus_it_says_what_to_set() -> None:
    make_component()
    said = report()
    assert said.status == 1
    assert 'Set OTEL_SLA["PROMETHEUS"] = {"URL":' in said.error


def test_a_prometheus_that_is_away_is_a_sentence(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    monkeypatch.setattr(NotMeasured, "table", {"away": "Prometheus is away."})
    source.failure = NotMeasured("away")
    said = report()
    assert (said.status, said.error) == (1, "Prometheus is away.")


def test_final_days_are_asked_for_again_only_on_demand(source: MadeUpSource) -> None:
    make_component()
    report(*OCTOBER)
    forget()
    asked = len(source.asked)
    report(*OCTOBER)
    assert len(source.asked) == asked
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T09:12")
    assert report(*OCTOBER).status == 0
    assert report(*OCTOBER, "--fetch-again").status == 3
    forget()
    assert report(*OCTOBER).status == 3


def test_a_terminal_shows_how_many_days_are_measured(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    shown: list[tuple[int, int | None]] = []

    class Bar:
        n, total = 0, None

        def __init__(self, **options: object) -> None:
            assert options["disable"] is False

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *exception: object) -> None:
            pass

        def update(self, steps: int) -> None:
            self.n += steps
            shown.append((self.n, self.total))

    monkeypatch.setattr("otel_sla.management.commands.sla_report.tqdm", Bar)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    report(*OCTOBER)
    assert shown == [(0, 32), (32, 32)]
