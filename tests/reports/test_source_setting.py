"""The setting PROMETHEUS: what is wrong is named with its key, and nothing secret."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from otel_sla.checks import check_settings, check_source_of_reports
from otel_sla.conf import conf
from otel_sla.prometheus.selector import Selector, parse_selector, quoted_for_re2
from otel_sla.prometheus.setting import SAMPLE_AVAILABILITY, parse_setting
from otel_sla.reports import source_checks
from otel_sla.reports.prometheus_source import PrometheusSource
from otel_sla.reports.samples_file import SamplesFile
from otel_sla.reports.source import configured

from ..support.processes import make_site

URL = "http://prometheus:9090"


def with_setting(given: Any) -> override_settings:
    return override_settings(OTEL_SLA={"PROMETHEUS": given})


def test_without_it_there_is_no_source() -> None:
    for given in ({}, {"PROMETHEUS": None}):
        with override_settings(OTEL_SLA=given):
            assert conf.PROMETHEUS is None
            assert configured() is None


def test_a_url_is_enough() -> None:
    with with_setting({"URL": f"{URL}/prefix/api/v1/"}):
        setting = conf.PROMETHEUS
        assert setting
        assert setting.url == f"{URL}/prefix"
        assert (setting.interval, setting.timeout) == (60, 30.0)
        assert setting.min_coverage == Fraction(95, 100)
        source = configured()
        assert isinstance(source, PrometheusSource)
        assert source is configured()
        assert source.name == f"Prometheus at {URL}"
        assert source.expression == "component:availability:bool"
        assert not source.is_made_up


def test_every_key_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    given = {
        "URL": "https://prom.example",
        "USER": "shop",
        "PASSWORD_FILE": "~/password",
        "TOKEN_FILE": None,
        "HEADERS": {"X-Scope-OrgID": "hidden-org"},
        "TIMEOUT": 2.5,
        "AVAILABILITY": 'max by (component) (probe_success{job="a"})',
        "INTERVAL": 15,
        "MIN_COVERAGE": 0.9,
    }
    setting = parse_setting(given)
    assert setting
    assert setting.password_file == tmp_path / "password"
    assert setting.headers == (("X-Scope-OrgID", "hidden-org"),)
    assert setting.availability == Selector("probe_success", 'job="a"')
    assert setting.min_coverage == Fraction(9, 10)
    assert "hidden-org" not in repr(setting)
    assert {setting: 1}[setting], "sources are kept by their setting"


WRONG: list[tuple[Any, str]] = [
    ("http://x", '"PROMETHEUS"] must be None or a dict, such as'),
    ({}, '["URL"] must be set, such as "http://prometheus:9090"'),
    ({"TIMEOUT": 3}, '["URL"] must be set'),
    ({"URl": URL}, "the unknown key 'URl': did you mean URL?"),
    ({"URL": URL, "TOKEN": "abc"}, "unknown key 'TOKEN': did you mean TOKEN_FILE?"),
    ({"URL": URL, 3: "abc"}, "unknown key 3. Known are URL, TOKEN_FILE"),
    ({"URL": 3}, '["URL"] must be an http or https URL'),
    ({"URL": "prometheus:9090"}, '["URL"] must be an http or https URL'),
    ({"URL": "ftp://prometheus"}, '["URL"] must be an http or https URL'),
    ({"URL": "http://"}, '["URL"] must be an http or https URL'),
    ({"URL": "http://[::1"}, '["URL"] must be an http or https URL'),
    ({"URL": "http://a:99999"}, '["URL"] must be an http or https URL'),
    ({"URL": "http://a b"}, '["URL"] must be an http or https URL'),
    ({"URL": "http://me:secret@a"}, "a user in it: use USER and PASSWORD_FILE"),
    ({"URL": "http://a/?x=secret"}, '["URL"] must not have ? or # in it'),
    ({"URL": URL, "SAMPLES_FILE": "x"}, '["SAMPLES_FILE"] is for made-up samples'),
    ({"URL": URL, "TOKEN_FILE": 3}, '["TOKEN_FILE"] must be a path, not a int'),
    ({"URL": URL, "TOKEN_FILE": " "}, '["TOKEN_FILE"] must be a path'),
    ({"URL": URL, "USER": "a"}, '["USER"] needs PASSWORD_FILE as well'),
    ({"URL": URL, "PASSWORD_FILE": "a"}, '["PASSWORD_FILE"] needs USER as well'),
    (
        {"URL": URL, "TOKEN_FILE": "a", "USER": "a", "PASSWORD_FILE": "b"},
        '["TOKEN_FILE"] can\'t be used with USER',
    ),
    (
        {"URL": URL, "USER": "me:secret", "PASSWORD_FILE": "a"},
        '["USER"] must be a name without a colon',
    ),
    ({"URL": URL, "HEADERS": ["secret"]}, '["HEADERS"] must be a dict of strings'),
    ({"URL": URL, "HEADERS": {"X-A": 3}}, '["HEADERS"] must be a dict of strings'),
    ({"URL": URL, "HEADERS": {"a b": "secret"}}, "'a b', which is not the name of"),
    (
        {"URL": URL, "HEADERS": {"authorization": "Bearer secret"}},
        '["HEADERS"] must not have authorization: use TOKEN_FILE',
    ),
    (
        {"URL": URL, "HEADERS": {"X-A": "secret\r\nX-B: c"}},
        '["HEADERS"] has a value for X-A that is not printable ASCII',
    ),
    ({"URL": URL, "TIMEOUT": 0}, '["TIMEOUT"] must be a number of seconds above 0'),
    ({"URL": URL, "TIMEOUT": True}, "and at most 3,600, not True"),
    ({"URL": URL, "TIMEOUT": float("nan")}, "and at most 3,600, not nan"),
    ({"URL": URL, "INTERVAL": 7}, "whole number of seconds that divides an hour"),
    ({"URL": URL, "INTERVAL": 60.0}, '["INTERVAL"] must be a whole number of seconds'),
    ({"URL": URL, "INTERVAL": 0}, '["INTERVAL"] must be a whole number of seconds'),
    ({"URL": URL, "MIN_COVERAGE": 95}, '["MIN_COVERAGE"] must be a share from 0 to 1'),
    ({"URL": URL, "AVAILABILITY": 3}, '["AVAILABILITY"] must be a series selector'),
    (
        {"URL": URL, "AVAILABILITY": "avg by (component) (up)"},
        "Record any other expression by a rule as component:availability:bool",
    ),
]


@pytest.mark.parametrize(("given", "sentence"), WRONG)
def test_what_is_wrong_is_an_error_of_the_check(given: Any, sentence: str) -> None:
    with with_setting(given):
        (error,) = check_settings(None)
        assert error.id == "otel_sla.E001"
        assert sentence in error.msg
        assert 'OTEL_SLA["PROMETHEUS"]' in error.msg
        assert "secret" not in error.msg.replace("may be secret", "")
        with pytest.raises(ImproperlyConfigured):
            configured()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("up", "up"),
        (" component:availability:bool ", "component:availability:bool"),
        ("up{}", "up"),
        ("up { job = \"a\" , x!~'b', }", "up{job = \"a\" , x!~'b',}"),
        ('up{job="}) or vector(1) #"}', 'up{job="}) or vector(1) #"}'),
        ('max by (component) (up{job="a"})', 'up{job="a"}'),
        ("max(up) by(component)", "up"),
        ("max by ( component, ) (up)", "up"),
    ],
)
def test_a_selector_is_taken_alone_and_as_the_highest_by_component(
    text: str, found: str
) -> None:
    assert str(parse_selector(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "up[5m]", "up offset 1h", "up == 1", "up or down", "sum(up)"),
        *(
            "max(up)",
            "max by (job) (up)",
            "max by (component) (max(up))",
            "rate(up[5m])",
        ),
        *('up{job="a}', "up{job=a}", 'up{job="a"} or up', '{job="a"}', 'up{job="\n"}'),
        *(
            '{__name__=~"a|b"}',
            'up{__name__=~"a|b"}',
            "max by (component) (up",
            "up\nup",
        ),
    ],
)
def test_anything_else_is_no_selector(text: str) -> None:
    assert parse_selector(text) is None


def test_components_are_added_as_a_matcher_that_means_their_names_alone() -> None:
    names = ["a.b", 'c"d\\e', "größe|x"]
    assert parse_selector('up{job="a",}').of(names) == (  # type: ignore[union-attr]
        'up{job="a",component=~"a\\\\.b|c\\"d\\\\\\\\e|größe\\\\|x"}'
    )
    for name in (*names, "a b-c_d:e/f@g", "^$(x){2}[y]*+?"):
        assert re.fullmatch(quoted_for_re2(name), name)
        assert not re.fullmatch(quoted_for_re2("a.b"), "axb")


def test_the_digest_changes_with_what_measurements_depend_on() -> None:
    def digest(**keys: Any) -> str:
        setting = parse_setting({"URL": URL, **keys})
        assert setting
        return PrometheusSource(setting).digest

    different = {
        digest(),
        digest(URL="http://other"),
        digest(INTERVAL=30),
        digest(AVAILABILITY="up"),
    }
    assert len(different) == 4
    assert digest(TIMEOUT=1, MIN_COVERAGE=0) == digest()
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in different)


def test_a_file_that_is_missing_is_a_warning_of_the_check(tmp_path: Path) -> None:
    for key in ("TOKEN_FILE", "SAMPLES_FILE"):
        given = {"URL": URL, key: tmp_path / "no"}
        if key == "SAMPLES_FILE":
            del given["URL"]
        with with_setting(given):
            (warning,) = check_source_of_reports(None)
        assert warning.id == "otel_sla.W023"
        assert warning.msg.startswith(f'OTEL_SLA["PROMETHEUS"]["{key}"]: {tmp_path}')
    for fine in (None, {"URL": URL}, {"SAMPLES_FILE": SAMPLE_AVAILABILITY}):
        with with_setting(fine):
            assert check_source_of_reports(None) == []


def test_a_package_that_is_missing_is_a_warning_of_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source_checks, "find_spec", lambda name: None)
    with with_setting({"URL": URL}):
        (warning,) = check_source_of_reports(None)
    assert "pip install 'otel-sla[reports]'" in warning.msg


def test_the_reference_site_takes_prometheus_from_its_environment(
    tmp_path: Path,
) -> None:
    show = "from otel_sla.conf import conf; print(conf.PROMETHEUS)"
    site = make_site(tmp_path)
    assert site.manage("shell", "-v", "0", "-c", show).strip() == "None"
    token = site.write("token", "only here")
    site = site.having(
        DJANGO_PROMETHEUS_URL=f" {URL}/ ", DJANGO_PROMETHEUS_TOKEN_FILE=str(token)
    )
    shown = site.manage("shell", "-v", "0", "-c", show)
    assert f"url='{URL}'" in shown
    assert f"token_file={token!r}" in shown
    assert "only here" not in shown


def test_a_samples_file_is_a_source_that_is_made_up() -> None:
    with with_setting({"SAMPLES_FILE": SAMPLE_AVAILABILITY}):
        source = configured()
    assert isinstance(source, SamplesFile)
    assert source.is_made_up
    assert source.name == "made-up samples"
