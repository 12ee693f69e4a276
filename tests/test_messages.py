"""Every sentence of an error is in its package's table, and says what is raised."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

import otel_sla
from otel_sla import messages
from otel_sla.accounting import messages as accounting_messages
from otel_sla.admin import messages as admin_messages
from otel_sla.alerting import messages as alerting_messages
from otel_sla.catalogue import messages as catalogue_messages
from otel_sla.catalogue.errors import CatalogueError
from otel_sla.catalogue.load import parse_text
from otel_sla.ical.imports import messages as import_messages
from otel_sla.labels import InvalidLabels
from otel_sla.models import Schedule
from otel_sla.reports import refusals as report_refusals
from otel_sla.reports import source_messages
from otel_sla.schedule import InvalidDefinition
from otel_sla.schedule import messages as schedule_messages
from otel_sla.validators import validate_timezone

ROOT = Path(otel_sla.__file__).parent
PACKAGES = (
    accounting_messages,
    admin_messages,
    alerting_messages,
    catalogue_messages,
    import_messages,
    messages,
    report_refusals,
    schedule_messages,
    source_messages,
)
TABLES = {
    code: sentence
    for package in PACKAGES
    for code, sentence in package.MESSAGES.items()
}
RAISERS = {
    # what takes a code, and which of its arguments that is
    "_error": 0,
    "_parsed": 3,
    "_refusal": 0,
    "_require": 2,
    "CatalogueError": 0,
    "InvalidDefinition": 1,
    "InvalidLabels": 0,
    "InvalidNotation": 0,
    "InvalidPeriod": 0,
    "InvalidRules": 0,
    "InvalidSample": 0,
    "NoSource": 0,
    "NotDownloaded": 0,
    "NotMeasured": 0,
    "ReportRefused": 0,
    "Passing": 0,
    "TooMuch": 0,
    "UnknownCalendar": 0,
    "UndefinedZone": 0,
    "UnknownZone": 0,
    "Untakable": 0,
    "UnusableCalendar": 0,
    "error": 0,
    "refused": 0,
}


def looked_up(sentence: ast.expr) -> ast.Subscript | None:
    """The entry of a table in `MESSAGES[code]` or `gettext(MESSAGES[code])`."""
    if isinstance(sentence, ast.Call) and sentence.args:
        sentence = sentence.args[0]
    return sentence if isinstance(sentence, ast.Subscript) else None


def raised() -> Iterator[tuple[str, set[str]]]:
    """Every code in the source, with the names of the parameters beside it."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            code: ast.expr | None = None
            if called in RAISERS and len(node.args) > RAISERS[called]:
                code = node.args[RAISERS[called]]
                params = {str(one.arg) for one in node.keywords}
                # It takes the text, and names it so.
                params |= {"text"} if called == "_parsed" else set()
            elif called == "ValidationError" and (entry := looked_up(node.args[0])):
                code = entry.slice
                given = next((k for k in node.keywords if k.arg == "params"), None)
                params = set()
                if given is not None and isinstance(given.value, ast.Dict):
                    params = {
                        str(ast.literal_eval(key)) for key in given.value.keys if key
                    }
            # logger.error() takes sentences.
            if isinstance(code, ast.Constant) and str(code.value).isidentifier():
                yield str(code.value), params


RAISED = sorted((code, sorted(params)) for code, params in raised())


@pytest.mark.parametrize(("code", "params"), RAISED)
def test_a_code_has_a_sentence_that_its_parameters_fill(
    code: str, params: list[str]
) -> None:
    wanted = set(re.findall(r"%\((\w+)\)[rs]", TABLES[code]))
    assert wanted <= set(params), "the sentence names what is not given"
    assert TABLES[code] % dict.fromkeys(params, "x")
    assert "%" not in re.sub(r"%\(\w+\)[rs]", "", TABLES[code])


def test_every_sentence_is_used() -> None:
    assert set(TABLES) == {code for code, _ in RAISED}


def test_a_code_is_in_one_table() -> None:
    assert sum(len(package.MESSAGES) for package in PACKAGES) == len(TABLES)


def test_no_code_is_one_of_django_s_own() -> None:
    # A form replaces the message of these by that of its field.
    assert not {"invalid", "required", "unique", "blank", "null"} & set(TABLES)


def test_an_error_is_its_code_its_parameters_and_its_sentence() -> None:
    error = InvalidDefinition("end", "override_ends_before_start", start="09:00")
    assert error.code == "override_ends_before_start"
    assert error.params == {"start": "09:00"}
    assert error.message == "The end must be after the start, 09:00."
    assert str(error) == f"end: {error.message}"


@pytest.mark.parametrize(
    "error",
    [
        InvalidDefinition("end", "override_ends_before_start", start="09:00"),
        InvalidLabels("label_name_reserved", name="job", taken="x"),
        CatalogueError("utf_16", "windows.yaml", 3, "schedules"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_in_another_process(error: messages.CodedError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_labels_at_fault_are_named() -> None:
    assert InvalidLabels("label_name_reserved", name="job", taken="x").name == "job"
    assert InvalidLabels("too_many_labels", count=65, most=64).name is None


@pytest.mark.django_db
def test_a_sentence_that_is_changed_is_changed_everywhere(client: Client) -> None:
    changed = {"unknown_zone": "%(name)s gibt es nicht."}
    with patch.dict(schedule_messages.MESSAGES, changed):
        with pytest.raises(ValidationError) as refused:
            validate_timezone("Mars/Base")
        assert refused.value.messages == ["Mars/Base gibt es nicht."]
        assert refused.value.code == "unknown_zone"
        with pytest.raises(
            CatalogueError, match=r"timezone: Mars/Base gibt es nicht\."
        ):
            parse_text("schedules: {office: {timezone: Mars/Base}}", "catalogue.yaml")
        page = client.get("/", {"zone": "Mars/Base"})
        assert "Mars/Base gibt es nicht." in page.content.decode()
        Schedule.objects.create(name="office", timezone="Mars/Base")
        answer = client.get("/api/v1/schedules/office").json()
        assert "Mars/Base gibt es nicht." in str(answer["detail"])
