"""Real servers that hold given samples: both Prometheuses, and VictoriaMetrics."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from otel_sla.prometheus.setting import RECORDED, parse_setting
from otel_sla.reports.prometheus_source import PrometheusSource

from .parts import newer, program
from .prometheus import Prometheus, scraping
from .victoria import Samples, victoria

START = 1_772_409_600
"""Midnight of 2 March 2026."""


def sampled(
    component: str, values: Mapping[float, float], name: str = RECORDED, **labels: str
) -> Samples:
    """Return a series about a component: values by moment in Unix seconds."""
    return Samples({"__name__": name, "component": component, **labels}, values)


def every_minute(
    values: Sequence[float | None], start: float = START
) -> dict[float, float]:
    """Return the values at moments a minute apart; None for no sample."""
    return {
        start + 60 * minute: value
        for minute, value in enumerate(values)
        if value is not None
    }


def source_at(url: str, **keys: object) -> PrometheusSource:
    """Return a source that asks the server."""
    setting = parse_setting({"URL": url, **keys})
    assert setting
    return PrometheusSource(setting)


@contextmanager
def _prometheus(
    command: Callable[[], str],
    directory: Path,
    series: Iterable[Samples],
    *more_options: str,
) -> Iterator[Prometheus]:
    backfill(directory, series)
    options = ("--storage.tsdb.retention.time=100y", *more_options)
    with scraping(directory, "", *options, command=command()) as running:
        yield running


@contextmanager
def _victoria(
    directory: Path, series: Iterable[Samples], *more_options: str
) -> Iterator[Prometheus]:
    with victoria(directory, *more_options) as running:
        running.add(series)
        running.flush()
        yield running


SERVERS: dict[str, Callable[..., AbstractContextManager[Prometheus]]] = {
    "prometheus-2.42": partial(_prometheus, partial(program, "prometheus")),
    "prometheus-3": partial(_prometheus, partial(newer, "prometheus")),
    "victoria-metrics": _victoria,
}


def backfill(directory: Path, series: Iterable[Samples]) -> None:
    """Write the samples into blocks in the directory, for a Prometheus to read."""
    file = directory / "samples.txt"
    by_name: dict[str, list[str]] = {}
    for labels, values in series:
        named = ",".join(
            f'{name}="{_escaped(value)}"'
            for name, value in labels.items()
            if name != "__name__"
        )
        lines = by_name.setdefault(labels["__name__"], [])
        lines += [
            f"{labels['__name__']}{{{named}}} {value!r} {at:.3f}"
            for at, value in values.items()
        ]
    lines = [
        line
        for name, of_name in by_name.items()
        for line in (f"# TYPE {name} gauge", *of_name)
    ]
    file.write_text("\n".join([*lines, "# EOF\n"]), "utf-8")
    command = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run(
        [*command, "--max-block-duration=2000h", file, directory / "tsdb"],
        check=True,
        capture_output=True,
    )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
