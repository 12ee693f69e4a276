"""A real VictoriaMetrics, its agent vmagent, and vmalert, which evaluates its rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from .parts import newer
from .processes import DEADLINE, Server, make_site, until
from .prometheus import Prometheus

OTLP = "/opentelemetry"
"""Where VictoriaMetrics and vmagent take OTLP: what /v1/metrics is added to."""

_COMMON = ("-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=WARN")
_NAMING = "-opentelemetry.usePrometheusNaming"


class Samples(NamedTuple):
    """Samples of a series: its labels, __name__ among them, and values by moment in
    Unix seconds."""

    labels: Mapping[str, str]
    values: Mapping[float, float]


class Victoria(Prometheus):
    """Asks a running VictoriaMetrics: it has the HTTP API of Prometheus.

    Queries find all that has been written, which else takes seconds.
    """

    def add(self, samples: Iterable[Samples]) -> None:
        """Import samples, of whatever age."""
        lines = [
            json.dumps(
                {
                    "metric": one.labels,
                    "values": list(one.values.values()),
                    "timestamps": [round(at * 1000) for at in one.values],
                }
            )
            for one in samples
        ]
        body = "\n".join(lines).encode()
        request = Request(f"{self.url}/api/v1/import", body, method="POST")
        urlopen(request, timeout=DEADLINE).close()

    def ask(self, path: str, **parameters: str) -> Any:
        self.flush()
        return super().ask(path, **parameters)

    def _found(self, path: str, **parameters: str) -> list[Any]:
        self.flush()
        return super()._found(path, **parameters)

    def flush(self) -> None:
        """Let others' queries find all that has been written, too."""
        assert self._server.get("/internal/force_flush").status == 200


@contextmanager
def victoria(directory: Path, *more_options: str) -> Iterator[Victoria]:
    """A VictoriaMetrics that keeps samples of any age, shows them at once and caches
    no answers; later options win."""
    host = make_site(directory)
    options = (
        *_COMMON,
        f"-storageDataPath={host.directory / 'victoria-metrics'}",
        "-retentionPeriod=100y",
        "-search.latencyOffset=0s",
        "-search.disableCache",
        "-memory.allowedBytes=256MiB",
        _NAMING,
    )
    command = (newer("victoria-metrics"), *options, *more_options)
    with host.serving(*command, path="/health") as running:
        found = Victoria(running)
        until(lambda: found.is_ready, "a VictoriaMetrics that is ready")
        yield found


@contextmanager
def vmagent(
    directory: Path, write_to: str, *more_options: str, configuration: str = ""
) -> Iterator[Server]:
    """A vmagent that scrapes what the configuration names, takes OTLP, and writes to
    the URL of a remote write receiver."""
    host = make_site(directory)
    options = (
        *_COMMON,
        f"-promscrape.config={host.write('vmagent.yml', configuration)}",
        f"-remoteWrite.url={write_to}",
        f"-remoteWrite.tmpDataPath={host.directory / 'vmagent'}",
        "-remoteWrite.flushInterval=100ms",
        _NAMING,
    )
    command = (newer("vmagent"), *options, *more_options)
    with host.serving(*command, path="/health") as running:
        yield running


@contextmanager
def vmalert(
    directory: Path, database: Victoria, rules: str, *more_options: str
) -> Iterator[Server]:
    """A vmalert that evaluates rules over a VictoriaMetrics, writes the results there
    and notifies nobody.

    It evaluates what is there now, where by default it waits for 30 s; later options
    win.
    """
    host = make_site(directory)
    options = (
        *_COMMON,
        f"-rule={host.write('vmalert.rules.yml', rules)}",
        f"-datasource.url={database.url}",
        f"-remoteRead.url={database.url}",
        f"-remoteWrite.url={database.url}",
        "-remoteWrite.flushInterval=100ms",
        "-rule.evalDelay=0s",
        "-notifier.blackhole",
    )
    command = (newer("vmalert"), *options, *more_options)
    with host.serving(*command, path="/health") as running:
        yield running
