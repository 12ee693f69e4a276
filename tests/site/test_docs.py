"""What the documents say is what is there."""

from __future__ import annotations

import io
import re
import runpy
import shlex
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from otel_sla.catalogue import parse_text
from otel_sla.models import Component

from ..support.make import utc

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    """The fenced code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["metrics", "modules", "settings"])
def test_page_is_what_its_source_says(page: str) -> None:
    generate = runpy.run_path(str(ROOT / "docs" / f"{page}.py"))["page"]
    assert (ROOT / "docs" / f"{page}.md").read_text() == generate(), (
        f"python docs/{page}.py writes it anew"
    )


def test_ci_runs_the_readme_s_test_command_to_the_letter() -> None:
    command = next(one for one in blocks(README, "sh") if "pytest" in one)
    assert command.strip() in (ROOT / ".ci" / "run").read_text()


def merged(texts: list[str]) -> dict[str, dict[str, Any]]:
    """The catalogue of the examples, with a component for each schedule."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        for section, entries in yaml.safe_load(text).items():
            known = found.setdefault(section, {})
            assert not known.keys() & entries.keys(), "a name is given twice"
            known |= entries
    for name in found["schedules"]:
        agreement = {"schedule": name, "target": 99.9}
        found["agreements"].setdefault(name, agreement)
        found["components"].setdefault(name, {"agreement": name})
    return found


@pytest.mark.django_db
def test_the_examples_of_the_schedules_page_print_what_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "schedules.md").read_text()
    catalogue = tmp_path / "schedules.yaml"
    catalogue.write_text(yaml.safe_dump(merged(blocks(page, "yaml"))))
    call_command("load_catalogue", str(catalogue), verbosity=0)
    examples = "".join(blocks(page, "console")).split("$ python manage.py ")[1:]
    assert len(examples) >= 20
    for example in examples:
        command, _, expected = example.partition("\n")
        out = io.StringIO()
        call_command(*shlex.split(command), stdout=out)
        assert out.getvalue() == expected, command


@pytest.mark.django_db
def test_every_entry_of_the_schedules_page_s_table_is_accepted(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "schedules.md").read_text()
    table = page[page.index("| you want | write |") :].partition("\n\n")[0]
    known = merged(blocks(page, "yaml"))
    entries = re.findall(r"`(\{[^`]+\})`", table)
    lines = re.findall(r"`((?:holidays|includes|always_open|excludes): [^`]+)`", table)
    assert len(entries) > 15
    assert len(lines) > 5
    for number, entry in enumerate(map(yaml.safe_load, entries)):
        if "include" in entry:
            known["calendars"][f"entry {number}"] = entry
        elif "name" in entry:
            known["calendars"][f"entry {number}"] = {"days": [entry]}
        else:
            schedule = {"timezone": "UTC", "rules": [entry]}
            known["schedules"][f"entry {number}"] = schedule
    for number, line in enumerate(lines):
        schedule = {"timezone": "UTC", **yaml.safe_load(line)}
        known["schedules"][f"line {number}"] = schedule
    catalogue = tmp_path / "schedules.yaml"
    catalogue.write_text(yaml.safe_dump(known))
    call_command("load_catalogue", str(catalogue), verbosity=0)


@pytest.mark.django_db
def test_the_examples_of_the_catalogue_page_print_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "catalogue.md").read_text()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "time", lambda: utc(2026, 3, 2).timestamp())
    for name, text in zip(("catalogue", "changed"), blocks(page, "yaml"), strict=True):
        Path(f"{name}.yaml").write_text(text)
    call_command("load_catalogue", "catalogue.yaml", verbosity=0)
    for example in blocks(page, "console"):
        command, _, expected = example.partition("\n")
        out = io.StringIO()
        call_command(*shlex.split(command)[3:], stdout=out)
        assert out.getvalue() == expected, command
    (table,) = blocks(page, "csv")
    Path("components.csv").write_text(table)
    call_command("load_catalogue", "components.csv", verbosity=0)
    assert not Component.objects.get(name="help-desk").enabled


@pytest.mark.parametrize(
    "example", [one for one in blocks(README, "yaml") if "components:" in one]
)
def test_the_readme_s_catalogue_loads(example: str) -> None:
    assert parse_text(example, "README.md").components


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/alertmanager.md",
        "docs/catalogue.md",
        "docs/grafana.md",
        "docs/otlp.md",
        "docs/prometheus.md",
        "docs/recipes.md",
        "docs/schedules.md",
        "docs/security.md",
    ],
)
def test_every_yaml_of_the_documents_is_yaml(page: str) -> None:
    examples = blocks((ROOT / page).read_text(), "yaml")
    assert examples
    for example in examples:
        assert yaml.safe_load(example)


def test_the_otlp_page_names_the_variables_that_the_file_reads() -> None:
    page = (ROOT / "docs" / "otlp.md").read_text()
    file = (ROOT / "otel-config.yaml").read_text()
    read = set(re.findall(r"\$\{(OTEL_\w+)", file)) - {"OTEL_SERVICE_VERSION"}
    missing = {
        name
        for name in read
        if name not in page and name.replace("OTEL_EXPORTER_OTLP", "...") not in page
    }
    assert missing == set()


def test_the_security_page_names_every_variable_setting_and_check() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    read = set(re.findall(r"DJANGO_\w+", (ROOT / "sla_site/settings.py").read_text()))
    source = (ROOT / "otel_sla/web/deploy_checks.py").read_text()
    checks = set(re.findall(r"otel_sla\.W\d+", source))
    assert len(read) > 10
    assert len(checks) >= 5
    assert [one for one in sorted(read | checks) if f"`{one}`" not in page] == []


def test_every_system_check_is_in_the_documents() -> None:
    source = "".join(one.read_text() for one in (ROOT / "otel_sla").rglob("*.py"))
    pages = (ROOT / "docs/settings.md", ROOT / "docs/security.md")
    told = "".join(one.read_text() for one in pages)
    assert [
        one
        for one in sorted(set(re.findall(r'id="(otel_sla\.[EW]\d+)"', source)))
        if f"`{one}`" not in told
    ] == []


def test_every_command_is_in_the_documents() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    commands = (ROOT / "otel_sla" / "management" / "commands").glob("[!_]*.py")
    names = sorted(one.stem for one in commands)
    assert len(names) > 5
    assert [name for name in names if f"| `manage.py {name}" not in page] == []


def test_the_readme_fits_into_two_hundred_lines() -> None:
    assert len(README.splitlines()) < 200


def test_the_changelog_has_the_version_of_the_package() -> None:
    from otel_sla import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()
