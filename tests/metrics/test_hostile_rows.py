"""Rows that no form, file or constraint has seen: each costs itself and no other."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_sla.labels import prometheus_name

from ..support.databases import sqlite_url
from ..support.processes import GUNICORN, WSGI, Server, make_site, until
from ..support.prometheus import complaints, scraping

NO_CONSTRAINTS = """
PRAGMA foreign_keys = OFF;
PRAGMA ignore_check_constraints = ON;
CREATE TABLE copy AS SELECT * FROM otel_sla_component;
DROP TABLE otel_sla_component;
CREATE TABLE otel_sla_component (
    id INTEGER PRIMARY KEY, name, labels, enabled, agreement_id
);
INSERT INTO otel_sla_component (id, name, labels, enabled, agreement_id)
    SELECT id, name, labels, enabled, agreement_id FROM copy;
DROP TABLE copy;
"""
SCHEDULES = """
INSERT INTO otel_sla_schedule (id, name, timezone, always_open, holidays) VALUES
    (100, 'good', 'Europe/London', 1, ''),
    (101, 'martian', 'Mars/Base', 0, ''),
    (102, 'atlantic', 'UTC', 0, 'AT-LANTIS'),
    (103, 'undecided', 'UTC', 'maybe', ''),
    (104, 'late', 'UTC', 0, ''),
    (105, 'endless', 'UTC', 0, ''),
    (106, 'weekless', 'UTC', 0, ''),
    (107, '', 'UTC', 1, ''),
    (108, CAST(x'ff' AS TEXT), 'UTC', 1, '');
INSERT INTO otel_sla_rule
    (schedule_id, weekdays, start, "end", months, days_of_month, every_weeks,
     on_holidays)
VALUES
    (104, 'daily', '25:00:00', '26:00:00', '', '', 1, 0),
    (105, 'daily', '09:00:00', 'never', '', '', 1, 0),
    (106, 'someday', '09:00:00', '17:00:00', '', '', 1, 0);
INSERT INTO otel_sla_agreement (id, name, schedule_id, target, period)
    SELECT id, 'under ' || id, id, 99, 'month' FROM otel_sla_schedule WHERE id >= 100;
INSERT INTO otel_sla_agreement (id, name, schedule_id, target, period) VALUES
    (200, 'of no schedule', 99999, 99, 'month'),
    (201, '', 100, 99, 'month');
"""
GOOD = 100
"""The agreement that nothing is wrong with."""

MANY = {f"label{n}": "x" for n in range(65)}
DROPPED: dict[str, tuple[str, Any, Any, Any]] = {
    # what is wrong: reason, name, labels, agreement
    "labels that are NULL": ("labels", "h", None, GOOD),
    "labels that are empty": ("labels", "h", "", GOOD),
    "labels that are no JSON": ("labels", "h", "team=payments", GOOD),
    "labels that are a list": ("labels", "h", '["team"]', GOOD),
    "labels that are a text": ("labels", "h", '"team"', GOOD),
    "labels that are null": ("labels", "h", "null", GOOD),
    "labels nested without end": ("labels", "h", "[" * 100_000, GOOD),
    "labels that are no text": ("labels", "h", b'{"team": "\xff"}', GOOD),
    "a value that is a number": ("labels", "h", '{"tier": 1}', GOOD),
    "a value that is null": ("labels", "h", '{"tier": null}', GOOD),
    "a value that is an object": ("labels", "h", '{"a": {"b": "c"}}', GOOD),
    "a value that is a lone surrogate": ("labels", "h", r'{"a": "\ud800"}', GOOD),
    "a value that holds NUL": ("labels", "h", r'{"a": "\u0000"}', GOOD),
    "a number that is huge": ("labels", "h", f'{{"a": {"9" * 5_000}}}', GOOD),
    "names that become the same": ("labels", "h", '{"a.b": "1", "a_b": "2"}', GOOD),
    "names of other scripts": ("labels", "h", '{"é": "1", "ü": "2"}', GOOD),
    "the name component": ("labels", "h", '{"component": "x"}', GOOD),
    "the name job": ("labels", "h", '{"job": "x"}', GOOD),
    "the name __name__": ("labels", "h", '{"__name__": "x"}', GOOD),
    "a name of OpenTelemetry's": ("labels", "h", '{"otel.scope.name": "x"}', GOOD),
    "a label without a name": ("labels", "h", '{"": "x"}', GOOD),
    "a value of megabytes": ("labels", "h", f'{{"a": "{"x" * 2_000_000}"}}', GOOD),
    "a name of megabytes": ("labels", "h", f'{{"{"x" * 2_000_000}": "a"}}', GOOD),
    "more labels than 64": ("labels", "h", json.dumps(MANY), GOOD),
    "a component without a name": ("name", None, "{}", GOOD),
    "an empty name": ("name", "", "{}", GOOD),
    "a name that is no text": ("name", b"\xff\xfe", "{}", GOOD),
    "a name that holds NUL": ("name", "a\0b", "{}", GOOD),
    "a name that is taken": ("duplicate", "web-shop", "{}", GOOD),
    "a taken name as bytes": ("duplicate", b"web-shop", "{}", GOOD),
    "no agreement": ("agreement", "h", "{}", None),
    "an agreement that is gone": ("agreement", "h", "{}", 99_999),
    "an agreement that is a text": ("agreement", "h", "{}", "gold"),
    "an agreement without a name": ("agreement", "h", "{}", 201),
    "a schedule that is gone": ("schedule", "h", "{}", 200),
    "a schedule without a name": ("schedule", "h", "{}", 107),
    "a schedule named by no text": ("schedule", "h", "{}", 108),
    "a zone that is none": ("timezone", "h", "{}", 101),
    "a calendar that is none": ("holidays", "h", "{}", 102),
    "a flag that is neither": ("schedule", "h", "{}", 103),
    "a time after 24:00": ("schedule", "h", "{}", 104),
    "a time that is none": ("schedule", "h", "{}", 105),
    "a weekday that is none": ("schedule", "h", "{}", 106),
}
DESCRIBED = {"agreement": "under 100", "schedule": "good", "timezone": "Europe/London"}
KEPT = {
    "quotes, backslashes, ends of line": ('we"ird\n\\n', {"a": 'b"\\\n\r\u2028'}),
    "braces and commas": ('x="1"} 1', {"a": ',} # {"', "b": "="}),
    "other scripts": ("Büro 🚀", {"größe": "très"}),
    "labels of the info series": ("i", {"agreement": "a", "timezone": "b"}),
    "an empty value": ("e", {"a": ""}),
    "a value as long as may be": ("v", {"a": "x" * 1_024}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site with the sample catalogue and the rows above."""
    directory: Path = tmp_path_factory.mktemp("site")
    site = make_site(directory, DATABASE_URL=sqlite_url(directory)).load_sample()
    with sqlite3.connect(directory / "site.sqlite3") as database:
        database.executescript(NO_CONSTRAINTS + SCHEDULES)
        rows = [
            (f"h{number}" if name == "h" else name, labels, agreement)
            for number, (_, name, labels, agreement) in enumerate(DROPPED.values())
        ] + [(name, json.dumps(labels), GOOD) for name, labels in KEPT.values()]
        for name, labels, agreement in rows:
            database.execute(
                "INSERT INTO otel_sla_component (name, labels, agreement_id, enabled)"
                " VALUES (?, ?, ?, 1)",
                (name, labels, agreement),
            )
        (good,) = database.execute(
            "SELECT count(*) FROM otel_sla_component WHERE enabled"
        ).fetchone()
    database.close()
    assert good - len(DROPPED) == 63 + len(KEPT)
    with site.serving(*GUNICORN, WSGI) as server:
        yield server


def test_prometheus_keeps_the_target_up_and_has_every_other_sample(
    server: Server, tmp_path: Path
) -> None:
    expected = 63 + len(KEPT)
    job = f"static_configs: [{{targets: ['127.0.0.1:{server.port}']}}]"
    text = f"scrape_configs: [{{job_name: site, scrape_interval: 1s, {job}}}]"
    with scraping(tmp_path, text) as prometheus:
        until(
            lambda: (prometheus.value("count_over_time(up[5m])") or 0) >= 3,
            "three scrapes",
        )
        assert prometheus.value("min_over_time(up[5m])") == 1
        for family in ("in_window", "info"):
            counted = prometheus.value(f"count(service_window_{family})")
            assert counted == expected
        assert prometheus.value("service_window_components") == expected
        dropped = prometheus.ask("query", query="service_window_rows_dropped > 0")
        assert {
            one["metric"]["reason"]: int(one["value"][1]) for one in dropped["result"]
        } == Counter(reason for reason, *_ in DROPPED.values())
        for name, labels in KEPT.values():
            quoted = json.dumps(name, ensure_ascii=False)
            (found,) = prometheus.series(f"service_window_info{{component={quoted}}}")
            own = {prometheus_name(label): value for label, value in labels.items()}
            described = {**own, "component": name, **DESCRIBED}
            assert {label: found.get(label, "") for label in described} == described


def test_each_row_that_is_dropped_is_named_in_the_log_once(server: Server) -> None:
    for _ in range(3):
        server.get("/metrics")
    logged = [line for line in server.output.splitlines() if "left out of the" in line]
    named = [line.partition("component ")[2] for line in logged]
    assert len(named) == len(set(named))
    for number, (_, name, *_) in enumerate(DROPPED.values()):
        if name == "h":
            assert sum(f"'h{number}'" in line for line in logged) == 1
    assert "Traceback" not in server.output


def test_promtool_finds_nothing_to_complain_of(server: Server) -> None:
    assert complaints(server.get("/metrics").text) == ""
