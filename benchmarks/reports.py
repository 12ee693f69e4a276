"""Measure what it takes to ask a real Prometheus for the availability of a month.

    python benchmarks/reports.py [--components 1000] [--days 31] [--with prometheus]

Needs promtool and Prometheus, or another release of it by its path. Each component has
a sample a minute, and an outage of 20 minutes on one day in twenty. Prints Markdown:
the seconds, the peak memory of the process, the queries and the samples that came, for
the way that reports ask, and for asking for every sample of a part of the components.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
DAY = 86_400
SINCE = 1_790_812_800
"""1 October 2026, UTC."""
RAW_PART = 20
"""Components that are asked for sample by sample."""


def name_of(number: int) -> str:
    return f"component-{number:05}"


def write_samples(file: Path, components: int, days: int) -> int:
    """Write the samples as OpenMetrics, and return how many there are."""
    chance = random.Random(1)  # noqa: S311 - no secret
    minutes = range(SINCE - 3_600, SINCE + days * DAY + 3_600, 60)
    up = [f" 1 {at}\n" for at in minutes]
    down = [f" 0 {at}\n" for at in minutes]
    with file.open("w") as out:
        out.write("# TYPE component:availability:bool gauge\n")
        for number in range(components):
            lines = up.copy()
            for day in range(days):
                if chance.random() < 0.05:
                    at = 60 + day * 1_440 + chance.randrange(1_420)
                    lines[at : at + 20] = down[at : at + 20]
            series = f'component:availability:bool{{component="{name_of(number)}"}}'
            out.write(series + series.join(lines))
        out.write("# EOF\n")
    return components * len(minutes)


@contextmanager
def prometheus(folder: Path, command: str) -> Iterator[str]:
    """A Prometheus over the folder's history: its URL."""
    (folder / "prometheus.yml").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    process = subprocess.Popen(
        [
            *(command, f"--config.file={folder / 'prometheus.yml'}"),
            f"--storage.tsdb.path={folder / 'tsdb'}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address={address}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(1_200):
            try:
                urlopen(f"http://{address}/-/ready").close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


def measure(url: str, way: str, components: int, days: int) -> None:
    """Ask in this process, and print a row of the table."""
    from otel_sla.prometheus.setting import parse_setting
    from otel_sla.reports import prometheus as module
    from otel_sla.reports.clean_hours import Stretch
    from otel_sla.reports.prometheus_source import PrometheusSource
    from otel_sla.reports.sample_search import SampleSearch

    queries = samples = 0
    parse = module.series_of

    def counted(data: object, server: str) -> list[module.Series]:
        nonlocal queries, samples
        found = parse(data, server)
        queries += 1
        samples += sum(len(one.samples) for one in found)
        return found

    module.series_of = counted
    setting = parse_setting({"URL": url, "TIMEOUT": 120})
    assert setting  # noqa: S101 - for mypy
    source = PrometheusSource(setting)
    names = [name_of(number) for number in range(components)]
    until = SINCE + days * DAY
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    began, cpu = time.monotonic(), time.process_time()
    if way == "reports":
        not_up = source.not_up(names, SINCE, until)
        spans = sum(len(one.not_up) for one in not_up.values())
    elif way == "first samples":
        spans = len(source.first_samples(names, until))
    else:
        search = SampleSearch(source._client, source._selector, 60)
        for name in names:
            search.add(name, [Stretch(SINCE, until, True)])
        for _ in search.look():
            pass
        spans = sum(len(search.spans(name)) for name in names)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    print(
        f"| {way} | {components:,} | {took:.1f} | {cpu:.1f} | {peak:.0f} | "
        f"{peak - before:.0f} | {queries:,} | {samples:,} | {spans:,} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--with", dest="command", default="prometheus")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        sys.path.insert(0, str(ROOT))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
        import django

        django.setup()
        measure(*options.measure, options.components, options.days)
        return
    for program in (options.command, "promtool"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = write_samples(folder / "samples.om", options.components, options.days)
        subprocess.run(
            [
                *("promtool", "tsdb", "create-blocks-from", "openmetrics"),
                *("--max-block-duration=1000h", folder / "samples.om"),
                folder / "tsdb",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (folder / "samples.om").unlink()
        print(f"{written:,} samples in Prometheus, {options.days} days\n")
        print(
            "| asked | components | s | CPU s | MiB | MiB more | queries | samples | "
            "spans |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|",
            flush=True,
        )
        part = min(RAW_PART, options.components)
        ways = {
            "reports": options.components,
            "first samples": options.components,
            "reports ": part,
            "every sample": part,
        }
        with prometheus(folder, options.command) as url:
            for way, components in ways.items():
                command = [sys.executable, __file__, "--measure", url, way.strip()]
                counts = ("--components", components, "--days", options.days)
                subprocess.run([*command, *map(str, counts)], check=True)


if __name__ == "__main__":
    main()
