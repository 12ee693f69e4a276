"""What the package claims to run on, and the environments of tox that show it."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from otel_sla.telemetry.versions import NEWEST_TRIED

from ..support.processes import ROOT

PACKAGE: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def claimed(of: str) -> set[str]:
    """Versions of a thing in the classifiers, without their dots."""
    marked = re.compile(rf"{of} :: (\d+\.\d+)")
    found = map(marked.fullmatch, PACKAGE["project"]["classifiers"])
    return {one[1].replace(".", "") for one in found if one}


def test_the_lowest_releases_are_those_that_the_package_allows() -> None:
    project = PACKAGE["project"]
    extras = project["optional-dependencies"]
    extra = chain(*(extras[name] for name in ("api", "config", "otlp", "site")))
    # Those of OpenTelemetry go together: also the ones that only tests need.
    tests = [one for one in extras["test"] if one.startswith("opentelemetry-")]
    texts = [one for one in extra if not one.startswith("otel-sla[")]
    texts += [*project["dependencies"], *tests]
    lowest = {
        canonicalize_name(one.name): Version(bound.version)
        for one in map(Requirement, texts)
        for bound in one.specifier
        if bound.operator == ">="
    }
    assert len(lowest) == len(texts)
    lines = (ROOT / "constraints-lowest.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    assert {canonicalize_name(name): Version(pin) for name, pin in pins} == lowest


def test_the_newest_releases_that_were_tried_are_those_of_the_tests() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    tested = {str(canonicalize_name(name)): pin for name, pin in pins.items()}
    assert {name: tested[name] for name in NEWEST_TRIED} == NEWEST_TRIED


def test_what_the_package_claims_to_run_on_has_an_environment_of_tox() -> None:
    names = " ".join(PACKAGE["tool"]["tox"]["env_list"])
    pythons = set(re.findall(r"\bpy(\d+)", names))
    assert claimed("Programming Language :: Python") == pythons
    assert claimed("Framework :: Django") == set(re.findall(r"django(\d+)", names))


def test_every_release_of_django_is_in_the_environment_that_has_its_name() -> None:
    for name, environment in PACKAGE["tool"]["tox"]["env"].items():
        for major, minor in re.findall(r"django(\d)(\d)", name):
            assert f"django~={major}.{minor}.0" in environment["commands_pre"][0]
