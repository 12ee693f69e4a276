"""The OpenAPI file is current, and schemathesis finds nothing that contradicts it."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ..support.parts import missing
from ..support.processes import GUNICORN, ROOT, WSGI, make_site

FILE = ROOT / "docs" / "openapi.json"
PUBLIC = """
from otel_sla.prometheus.setting import SAMPLE_AVAILABILITY
OTEL_SLA = {
    **OTEL_SLA,
    "PUBLIC_STATUS": True,
    "PUBLIC_REPORTS": True,
    "PROMETHEUS": {"SAMPLES_FILE": SAMPLE_AVAILABILITY},
}
"""
EXAMPLES = 12
"""Requests that are made up for each operation; some 10 seconds for all."""


def test_the_file_is_what_the_endpoints_say() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "openapi.py"))["text"]
    assert FILE.read_text() == generate()


def test_every_operation_tells_its_failures() -> None:
    for path, methods in json.loads(FILE.read_text())["paths"].items():
        named = {"404"} if "{" in path else set()
        if path.startswith(("/reports", "/exclusions")):
            named.add("403")
        if path == "/reports/{period}":
            named.add("202")
        assert set(methods) == {"get"}
        assert set(methods["get"]["responses"]) == {"200", "401", "422", "503"} | named


def test_schemathesis_finds_no_failure(tmp_path: Path) -> None:
    if find_spec("schemathesis") is None:
        missing("schemathesis")
    site = make_site(tmp_path).having_settings("public_site", PUBLIC).load_sample()
    # Labels as long as allowed, percent-encoded, are more than gunicorn's default.
    served = (*GUNICORN, "--workers", "2", "--limit-request-line", "0", WSGI)
    with site.serving(*served, path="/api/v1/openapi.json") as server:
        run = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
                *("run", str(FILE), "--checks", "all", "--continue-on-failure"),
                *("--url", f"http://127.0.0.1:{server.port}/api/v1"),
                *("--seed", "7", "--generation-deterministic"),
                *("--max-examples", str(EXAMPLES)),
                # How fast this machine is today is no property of the API.
                *("--suppress-health-check", "all", "--warnings", "off"),
            ],
            # It leaves its notes where it runs.
            cwd=site.directory,
            env={
                **site.environment,
                "PYTHONPATH": f"{site.directory}:{ROOT}",
                "SCHEMATHESIS_HOOKS": "tests.support.schema_hooks",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert run.returncode == 0, f"{run.stdout}{run.stderr}"
    passed = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert passed, run.stdout
    assert int(passed[2]) == int(passed[1]) > 9 * EXAMPLES
    assert "Internal Server Error" not in server.output
