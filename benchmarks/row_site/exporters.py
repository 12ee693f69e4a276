"""Exporters that run beside a site: those of Debian, where they are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.scrape import Server, free_port

from .ways import NAMES, VALUES

SQL_EXPORTER = "prometheus-sql-exporter"
POSTGRES_EXPORTER = "prometheus-postgres-exporter"
_COLUMNS = (*NAMES, *VALUES)
# It has a label "host" of its own.
_NAMED = [f"{one} AS disk_{one}" for one in NAMES]
_FLOATS = ", ".join([*_NAMED, *(f"{one}::float" for one in VALUES)])


@contextmanager
def postgres_exporter(url: str, directory: Path) -> Iterator[Server]:
    """postgres_exporter with nothing but a query of the rows, which a scrape runs."""
    usage = dict.fromkeys(NAMES, "LABEL") | dict.fromkeys(VALUES, "GAUGE")
    query = {
        "query": f"SELECT {', '.join(_COLUMNS)} FROM row_site_disk",
        "metrics": [
            {name: {"usage": usage[name], "description": name}} for name in _COLUMNS
        ],
    }
    path = directory / "queries.json"
    path.write_text(json.dumps({"disk": query}))
    port = free_port()
    command = [
        POSTGRES_EXPORTER,
        *("--disable-default-metrics", "--disable-settings-metrics"),
        *("--no-collector.database", "--no-collector.bgwriter"),
        *(f"--extend.query-path={path}", f"--web.listen-address=127.0.0.1:{port}"),
    ]
    with _running(command, port, DATA_SOURCE_NAME=f"{url}?sslmode=disable") as server:
        yield server


@contextmanager
def sql_exporter(url: str, directory: Path) -> Iterator[Server]:
    """sql_exporter, which reads the rows when it starts, and answers with those."""
    query = {
        "name": "disk",
        "help": "Disks.",
        "labels": [f"disk_{one}" for one in NAMES],
        "values": VALUES,
        "allow_zero_rows": True,
        "query": f"SELECT {_FLOATS} FROM row_site_disk",
    }
    job = {
        "name": "rows",
        "interval": "1h",
        "keepalive": True,
        # It knows no other name of the scheme.
        "connections": [f"{url.replace('postgresql:', 'postgres:')}?sslmode=disable"],
        "queries": [query],
    }
    path = directory / "sql_exporter.json"
    path.write_text(json.dumps({"jobs": [job]}))
    port = free_port()
    command = [
        SQL_EXPORTER,
        *("-config.file", str(path), "-web.listen-address", f"127.0.0.1:{port}"),
    ]
    with _running(command, port) as server:
        yield server


def is_installed(program: str) -> bool:
    return shutil.which(program) is not None


@contextmanager
def _running(command: list[str], port: int, **variables: str) -> Iterator[Server]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, **variables}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        server = Server(port, process.pid)
        try:
            while True:
                try:
                    server.get("/")
                    break
                except OSError:
                    if process.poll() is not None:
                        sys.exit(f"{command[0]} has ended")
                    time.sleep(0.01)
            yield server
        finally:
            process.terminate()
