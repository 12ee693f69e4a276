"""Measure loading a catalogue beside Django's loaddata of the same rows.

    python benchmarks/catalogue.py [--sizes 10000 100000] [--postgres URL]

Prints a Markdown table. Each load is a process of its own on a database that has just
been migrated; the same file once more changes nothing. CPU is the user and system time
of that process, peak memory its largest resident set. Only the ratios mean something
elsewhere.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scrape import ROOT, SIZES, catalogue, postgres_database

ROWS = ("schedule", "rule", "agreement", "component")
# A process begins with the peak of the one that started it, but for the kernel's own
# mark of its memory.
WORKER = """
import sys, time
from pathlib import Path
from django.core.management import execute_from_command_line

execute_from_command_line(["manage.py", *sys.argv[1:]])
lines = Path("/proc/self/status").read_text().splitlines()
peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
print(time.process_time(), peak, file=sys.stderr)
"""


class Figures(NamedTuple):
    """What a command took: seconds, CPU seconds, mebibytes."""

    seconds: float
    cpu: float
    peak: float


def files(components: int, directory: Path) -> dict[str, list[str]]:
    """The same rows as a catalogue, YAML, JSON or CSV, and as a fixture."""
    paths = {kind: directory / f"rows.{kind}" for kind in ("yaml", "json", "csv")}
    fixture = directory / "fixture.json"
    with catalogue(components, None) as environment:
        with paths["yaml"].open("w") as file:
            run("dump_catalogue", environment=environment, file=file)
        rows = [f"otel_sla.{name}" for name in ROWS]
        run("dumpdata", *rows, "-o", str(fixture), environment=environment)
    written = json.loads(fixture.read_text())
    document, table = _documents(written)
    paths["json"].write_text(json.dumps(document, indent=1))
    with paths["csv"].open("w", newline="") as file:
        csv.writer(file).writerows(table)
    return {
        "load_catalogue, YAML": ["load_catalogue", str(paths["yaml"])],
        "the same again": ["load_catalogue", str(paths["yaml"])],
        "the same, --check": ["load_catalogue", str(paths["yaml"]), "--check"],
        "the same as JSON": ["load_catalogue", str(paths["json"])],
        "components alone, CSV": ["load_catalogue", str(paths["csv"])],
        "loaddata, a fixture": ["loaddata", str(fixture)],
    }


def _documents(rows: list[dict[str, object]]) -> tuple[object, list[list[str]]]:
    agreements: dict[object, str] = {}
    components: dict[str, object] = {}
    table = [["component", "agreement", "env", "region", "team", "tier"]]
    for row in rows:
        fields: dict = row["fields"]  # type: ignore[type-arg,assignment]
        if row["model"] == "otel_sla.agreement":
            agreements[row["pk"]] = fields["name"]
        if row["model"] == "otel_sla.component":
            agreement = agreements[fields["agreement"]]
            components[fields["name"]] = {
                "agreement": agreement,
                "labels": fields["labels"],
            }
            labels = [fields["labels"][name] for name in table[0][2:]]
            table.append([fields["name"], agreement, *labels])
    return {"components": components}, table


def run(
    *arguments: str, environment: dict[str, str], file: IO[str] | None = None
) -> Figures:
    """Run a command to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", WORKER, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=file or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    cpu, peak = map(float, done.stderr.split()[-2:])
    return Figures(time.perf_counter() - began, cpu, peak / 1024)


@contextmanager
def migrated(postgres: str | None) -> Iterator[dict[str, str]]:
    """A new database; the environment of its site."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{directory}/site.sqlite3"
        if postgres:
            url = stack.enter_context(postgres_database(postgres))
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_PUBLIC_METRICS": "1",
            "DJANGO_SECRET_KEY": "benchmark",
            "DJANGO_SETTINGS_MODULE": "sla_site.settings",
        }
        run("migrate", "-v", "0", environment=environment)
        yield environment


def measured(
    commands: dict[str, list[str]], postgres: str | None
) -> dict[str, Figures]:
    """Those that come after the first load find its rows; the fixture does not."""
    figures = {}
    *ours, (peer, command) = commands.items()
    with migrated(postgres) as environment:
        for name, arguments in ours:
            figures[name] = run(*arguments, environment=environment)
    with migrated(postgres) as environment:
        figures[peer] = run(*command, environment=environment)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--postgres", metavar="URL")
    options = parser.parse_args()
    unknown = set(options.sizes) - set(SIZES)
    if unknown:
        parser.error(f"sizes are {', '.join(map(str, SIZES))}")
    print("| components | | s | CPU s | CPU / first | peak MiB |")
    print("|---:|---|---:|---:|---:|---:|")
    for components in options.sizes:
        with tempfile.TemporaryDirectory() as directory:
            commands = files(components, Path(directory))
            figures = measured(commands, options.postgres)
        first = next(iter(figures.values())).cpu
        for name, one in figures.items():
            print(
                f"| {components:,} | {name} | {one.seconds:.1f} | {one.cpu:.1f} "
                f"| {one.cpu / first:.1f} | {one.peak:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
