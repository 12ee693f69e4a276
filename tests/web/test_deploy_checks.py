"""What `check --deploy` says about who is let in."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, Tags, run_checks
from pytest_django.fixtures import Settings

from ..support.processes import MANAGE, ROOT, make_site

STRONG = "sufficiently-random-0123456789"


def said(settings: Settings, **given: Any) -> list[CheckMessage]:
    """What otel_sla says about the site, given nothing else about who is let in."""
    settings.OTEL_SLA = given
    found = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return [one for one in found if (one.id or "").startswith("otel_sla.")]


def token_file(directory: Path, text: str, mode: int = 0o640) -> Path:
    file = directory / "tokens"
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    ("given", "identifier", "hint"),
    [
        ({"PUBLIC_METRICS": True}, "W005", 'Leave OTEL_SLA["PUBLIC_METRICS"] out'),
        (
            {"PUBLIC_STATUS": True, "METRICS_TOKENS": [STRONG]},
            "W006",
            'Leave OTEL_SLA["PUBLIC_STATUS"] out',
        ),
        (
            {
                "PUBLIC_REPORTS": True,
                "PROMETHEUS": {"URL": "https://prom.example"},
                "METRICS_TOKENS": [STRONG],
            },
            "W006",
            'Leave OTEL_SLA["PUBLIC_REPORTS"] out',
        ),
        ({}, "W007", 'name that in OTEL_SLA["METRICS_TOKEN_FILE"]'),
        ({"METRICS_TOKENS": [""]}, "W007", "secrets.token_urlsafe"),
        ({"METRICS_TOKENS": [STRONG, "short"]}, "W008", "secrets.token_urlsafe"),
        ({"METRICS_TOKENS": ["ab" * 20]}, "W008", "secrets.token_urlsafe"),
        ({"METRICS_TOKENS": [f"with blanks {STRONG}"]}, "W008", "Make a random one"),
    ],
)
def test_each_weak_setting_has_an_id_and_a_remedy(
    given: dict[str, Any], identifier: str, hint: str, settings: Settings
) -> None:
    (message,) = said(settings, **given)
    assert message.id == f"otel_sla.{identifier}"
    assert hint in (message.hint or "")
    shown = f"{message.msg}{message.hint}"
    assert not any(one and one in shown for one in given.get("METRICS_TOKENS", []))


@pytest.mark.parametrize(
    ("token", "weak"),
    [
        ("0123456789abcdef", False),
        ("0123456789abcde", True),
        ("abcde" * 4, False),
        ("abcd" * 5, True),
    ],
)
def test_a_token_of_16_characters_5_of_them_different_is_not_weak(
    token: str, weak: bool, settings: Settings
) -> None:
    found = [one.id for one in said(settings, METRICS_TOKENS=[token])]
    assert found == ["otel_sla.W008"] * weak


@pytest.mark.parametrize(
    ("text", "mode", "identifier", "part"),
    [
        (f"{STRONG}\n", 0o644, "W009", "chmod o= "),
        (f"{STRONG}\n", 0o602, "W009", "chmod o= "),
        ("# none\n", 0o600, "W010", "Write one token a line into it"),
        (f"{STRONG}\nshort\n", 0o600, "W008", "Make a random one"),
    ],
)
def test_a_weak_file_of_tokens_has_an_id_and_a_remedy(
    text: str,
    mode: int,
    identifier: str,
    part: str,
    settings: Settings,
    tmp_path: Path,
) -> None:
    file = token_file(tmp_path, text, mode)
    (message,) = said(settings, METRICS_TOKEN_FILE=file)
    assert message.id == f"otel_sla.{identifier}"
    assert part in (message.hint or "")
    assert str(file) in message.msg
    assert "short" not in message.msg


def test_a_weak_token_is_found_by_where_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    file = token_file(tmp_path, f"# ours\n{STRONG}\nguess\n")
    (ours, theirs) = said(
        settings, METRICS_TOKEN_FILE=file, METRICS_TOKENS=[STRONG, "me"]
    )
    assert ours.msg == (
        'OTEL_SLA["METRICS_TOKENS"], token 2 has fewer than 16 characters.'
    )
    assert theirs.msg == f"{file}, line 3 has fewer than 16 characters."


def test_an_absent_file_is_said(settings: Settings, tmp_path: Path) -> None:
    (message,) = said(settings, METRICS_TOKEN_FILE=tmp_path / "none")
    assert message.id == "otel_sla.W010"
    assert "No such file" in message.msg


def test_a_site_with_a_strong_token_has_nothing_to_hear(
    settings: Settings, tmp_path: Path
) -> None:
    assert said(settings, METRICS_TOKENS=[STRONG]) == []
    assert said(settings, METRICS_TOKEN_FILE=token_file(tmp_path, STRONG)) == []
    assert said(settings, ENABLED=False) == []


def test_without_service_windows_open_doors_are_those_that_are_there(
    settings: Settings,
) -> None:
    public = {"PUBLIC_METRICS": True, "PUBLIC_STATUS": True}
    (message,) = said(settings, **public, SERVICE_WINDOWS=False)
    assert message.id == "otel_sla.W005"
    assert "component" not in message.msg


@pytest.mark.parametrize(
    "given",
    [
        {"METRICS_TOKENS": f"{STRONG}"},
        {"METRICS_TOKENS": [STRONG, None]},
        {"METRICS_TOKENS": [STRONG.encode()]},
        {"METRICS_TOKEN_FILE": 1},
        {"PUBLIC_METRICS": "no"},
    ],
)
def test_an_impossible_value_is_an_error_that_keeps_the_secret(
    given: dict[str, Any], settings: Settings
) -> None:
    from otel_sla import checks

    assert said(settings, **given) == []
    (error,) = checks.check_settings(None)
    assert error.id == "otel_sla.E001"
    assert next(iter(given)) in error.msg
    assert STRONG not in error.msg


DEPLOYED = {
    "DJANGO_ALLOWED_HOSTS": "windows.example.com,localhost",
    "DJANGO_HSTS_INCLUDE_SUBDOMAINS": "1",
    "DJANGO_HSTS_PRELOAD": "1",
    "DJANGO_HSTS_SECONDS": "31536000",
    "DJANGO_PROXY_SSL_HEADER": "X-Forwarded-Proto",
    "DJANGO_PUBLIC_METRICS": "",
    "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
    "DJANGO_SSL_REDIRECT": "1",
}
"""The environment of docs/security.md."""


def test_the_page_s_environment_is_the_one_that_passes() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    (block,) = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    exported = dict(re.findall(r"(DJANGO_\w+)=(\S+)", block))
    assert set(exported) == {"DJANGO_METRICS_TOKEN_FILE"} | {
        name for name, value in DEPLOYED.items() if value
    }


def test_the_reference_site_passes_the_deployment_checks(tmp_path: Path) -> None:
    file = token_file(tmp_path, f"{STRONG}\n")
    site = make_site(tmp_path, **DEPLOYED, DJANGO_METRICS_TOKEN_FILE=str(file))
    site = site.of_any_year()
    done = site.run(*MANAGE, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variable", "identifier"),
    [
        ("DJANGO_HSTS_SECONDS", "security.W004"),
        ("DJANGO_SSL_REDIRECT", "security.W008"),
        ("DJANGO_SECRET_KEY", "security.W009"),
        ("DJANGO_METRICS_TOKEN_FILE", "otel_sla.W007"),
    ],
)
def test_the_deployment_checks_miss_what_is_left_out(
    variable: str, identifier: str, tmp_path: Path
) -> None:
    file = str(token_file(tmp_path, f"{STRONG}\n"))
    site = make_site(tmp_path, **DEPLOYED, DJANGO_METRICS_TOKEN_FILE=file)
    done = site.having(**{variable: ""}).run(
        *MANAGE, "check", "--deploy", "--fail-level", "WARNING"
    )
    assert done.returncode == 1
    assert identifier in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DJANGO_SECURE_COOKIES", "maybe", "is 'maybe': use 1 or 0"),
        ("DJANGO_HSTS_SECONDS", "1y", "is '1y': use a number of seconds"),
        ("DJANGO_PROXY_SSL_HEADER", "X: y", "use a header's name, such as"),
    ],
)
def test_a_variable_that_says_nothing_stops_the_reference_site(
    variable: str, value: str, message: str, tmp_path: Path
) -> None:
    done = make_site(tmp_path, **{variable: value}).run(*MANAGE, "check")
    assert done.returncode != 0
    assert f"{variable} is {value!r}: " in done.stderr
    assert message in done.stderr
