"""Measure what the shipped rules cost a real Prometheus.

    python benchmarks/rules.py [--components 1000] [--minutes 12]

Needs prometheus and promtool. Prometheus begins with a history of 31 days of hourly
buckets and 3 days of samples a minute apart, so that ranges of 30 days and sums over a
month read as much as they do in earnest. Prints Markdown: of each group of rules, how
long an evaluation takes and what it records, and Prometheus's CPU and memory with and
without the rules.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

RULES = (
    Path(__file__).resolve().parent.parent
    / "otel_sla/alerting/service-windows.rules.yml"
)
HOUR, DAY = 3_600, 86_400
CONFIGURATION = """\
global: {{scrape_interval: 1m, evaluation_interval: 1m}}
rule_files: [{rules}]
scrape_configs:
  - job_name: service-windows
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
FAILURES = "prometheus_rule_evaluation_failures_total"
PER_GROUP = {
    "prometheus_rule_group_last_duration_seconds": "s",
    "prometheus_rule_group_last_evaluation_samples": "samples",
    "prometheus_rule_group_rules": "rules",
}


def exposition(components: int, moment: float) -> str:
    """What an exporter and a probe say at the moment: open 24x5, and up."""
    midnight = int(moment // DAY * DAY)
    values = {
        "service_window_last_start_seconds": midnight,
        "service_window_last_end_seconds": midnight - HOUR,
        "service_window_next_start_seconds": midnight + DAY + HOUR,
        "service_window_next_end_seconds": midnight + DAY,
        "service_window_in_window": 1,
        "service_window_sla_target_ratio": 0.999,
        "service_window_period_start_seconds": midnight - 29 * DAY,
        "service_window_period_scheduled_seconds": 31 * DAY,
        "service_window_open_time_seconds_total": int(moment),
        "probe_success": 1,
    }
    return "".join(
        f'{name}{{component="component-{n:06}",team="team-{n % 20}"}} {value}\n'
        for name, value in values.items()
        for n in range(components)
    )


def history(components: int, now: int) -> Iterator[str]:
    """OpenMetrics of what the rules would have recorded up to the last full hour."""
    hour = now // HOUR * HOUR
    hourly = {
        "component:service_up_seconds:sum1h": lambda _: 3_600,
        "component:service_measured_seconds:sum1h": lambda _: 3_600,
        "component:service_scheduled_seconds:sum1h": lambda _: 3_600,
        "component:service_open_time:at_mark": lambda at: at,
        "component:service_mark:seconds": lambda at: at,
        "component:service_period_start:at_mark": lambda _: (
            hour // DAY * DAY - 29 * DAY
        ),
    }
    for name, value in hourly.items():
        for n in range(components):
            for at in range(hour - 31 * DAY, hour + 1, HOUR):
                yield f'{name}{{component="component-{n:06}"}} {value(at)} {at}\n'
    for n in range(components):
        for at in range(hour - 3 * DAY, hour, 60):
            yield f'component:service_up:bool{{component="component-{n:06}"}} 1 {at}\n'
    yield "# EOF\n"


@contextmanager
def serving(answer: Callable[[], str]) -> Iterator[int]:
    """An exporter on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(answer().encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


@contextmanager
def prometheus(folder: Path, port: int, rules: str) -> Iterator[tuple[str, int]]:
    """A Prometheus over the folder's history: its address and process id."""
    (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=port, rules=rules))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    process = subprocess.Popen(
        [
            *("prometheus", f"--config.file={folder / 'prometheus.yml'}"),
            f"--storage.tsdb.path={folder / 'tsdb'}",
            "--storage.tsdb.retention.time=60d",
            f"--web.listen-address={address}",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://{address}/-/ready")
        yield f"http://{address}", process.pid
    finally:
        process.terminate()
        process.wait()


def measured(
    url: str, pid: int, minutes: int
) -> tuple[dict[str, dict[str, list[float]]], float, float]:
    """By group what its evaluations took; CPU seconds a minute; MiB resident."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    time.sleep(150)  # the first evaluations read blocks that nobody has read before
    cpu, began = _cpu(pid), time.monotonic()
    while time.monotonic() < began + minutes * 60:
        time.sleep(30)
        _look(url, found)
    spent = (_cpu(pid) - cpu) / (time.monotonic() - began) * 60
    return found, spent, _resident(pid)


def _look(url: str, found: dict[str, dict[str, list[float]]]) -> None:
    """Add what the last evaluation of every group took. Ends where one has failed."""
    text = urlopen(f"{url}/metrics").read().decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            group = sample.labels.get("rule_group", "").rpartition(";")[2]
            if sample.name in PER_GROUP:
                found[group][PER_GROUP[sample.name]].append(sample.value)
            elif sample.name == FAILURES and sample.value:
                raise SystemExit(f"rules of {group} could not be evaluated")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=1_000)
    parser.add_argument("--minutes", type=int, default=12)
    options = parser.parse_args()
    number = options.components
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(lambda: exposition(number, time.time())) as port,
    ):
        samples = _backfill(Path(folder), number)
        print(f"{number:,} components, {samples:,} samples of history\n")
        with prometheus(Path(folder), port, str(RULES)) as (url, pid):
            groups, spent, resident = measured(url, pid, options.minutes)
        print(
            "| group | rules | samples | median s | max s |\n|---|---:|---:|---:|---:|"
        )
        for name, one in groups.items():
            print(
                f"| `{name}` | {one['rules'][-1]:.0f} | {max(one['samples']):,.0f} | "
                f"{statistics.median(one['s']):.2f} | {max(one['s']):.2f} |"
            )
        print("\n| Prometheus | CPU s a minute | MiB |\n|---|---:|---:|")
        print(f"| with the rules | {spent:.2f} | {resident:.0f} |")
        with prometheus(Path(folder), port, "none.yml") as (url, pid):
            _, spent, resident = measured(url, pid, max(2, options.minutes // 4))
        print(f"| without | {spent:.2f} | {resident:.0f} |")


def _backfill(folder: Path, components: int) -> int:
    file, samples = folder / "history.om", -1
    with file.open("w") as out:
        for line in history(components, int(time.time())):
            out.write(line)
            samples += 1
    subprocess.run(
        [
            *("promtool", "tsdb", "create-blocks-from", "--max-block-duration=504h"),
            *("openmetrics", str(file), str(folder / "tsdb")),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    file.unlink()
    return samples


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            urlopen(url).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"no answer from {url}")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    for program in ("prometheus", "promtool"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed")
    main()
