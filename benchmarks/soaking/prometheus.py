"""A Prometheus that scrapes the site, and what it has stored."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from .parts import Site, await_answer, free_port

INTERVAL = 5
"""Seconds from one scrape to the next, and that one may take."""

CONFIGURATION = """\
global:
  scrape_interval: {interval}s
  scrape_timeout: {interval}s
  external_labels: {{replica: "{replica}"}}
scrape_configs:
  - job_name: site
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    authorization: {{credentials_file: {token}}}
"""


class NoAnswer(http.client.HTTPException):
    """Prometheus refuses to answer, or is not ready to."""


class Prometheus:
    """A Prometheus that scrapes the site, asked over its HTTP API."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self._port = port

    def await_scrape(self, since: float) -> None:
        """Wait for one to be stored that has begun since, and so for all before it."""

        def has_scraped() -> bool:
            length = int((time.time() - since) * 1000)
            return bool(length and self.samples("up", int(time.time() * 1000), length))

        await_answer(has_scraped, self.name)

    def samples(self, selector: str, end: int, length: int) -> list[Any]:
        """Return the stored samples of series, so many milliseconds up to an instant:
        labels and values."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=180)
        query = {"query": f"{selector}[{length}ms]", "time": f"{end / 1000:.3f}"}
        connection.request("GET", f"/api/v1/query?{urlencode(query)}")
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status != 200:
            raise NoAnswer(f"{self.name}: {selector}: {answer.decode()}")
        found: list[Any] = json.loads(answer)["data"]["result"]
        return found


@contextmanager
def prometheus(site: Site, name: str, target: int) -> Iterator[Prometheus]:
    port = free_port()
    file = site.directory / f"{name}.yml"
    file.write_text(
        CONFIGURATION.format(
            interval=INTERVAL, replica=name, port=target, token=site.token
        )
    )
    command = (
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={site.directory / name}",
        f"--web.listen-address=127.0.0.1:{port}",
        # A sample's timestamp is when its scrape began, not up to 2 ms off that.
        "--no-scrape.adjust-timestamps",
    )
    began = time.time()
    with site.running(name, *command):
        one = Prometheus(name, port)
        one.await_scrape(began)
        yield one
