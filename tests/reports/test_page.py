"""The example of the page on reports prints what the page says."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from otel_sla.models import Component, Exclusion

from ..site.test_docs import ROOT, blocks
from ..support.make import utc
from ..support.measured import MadeUpSource, forget, s, use

PAGE = (ROOT / "docs" / "reports.md").read_text()


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("time.time", lambda: float(s("2026-11-02T08:00")))
    forget()
    yield
    forget()


@pytest.mark.django_db
def test_the_example_prints_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (catalogue,) = blocks(PAGE, "yaml")
    file = tmp_path / "catalogue.yaml"
    file.write_text(catalogue)
    call_command("load_catalogue", file, verbosity=0)
    source = use(MadeUpSource(), monkeypatch)
    source.down("web-shop", "2026-10-06T15:50", "2026-10-06T16:20")
    source.down("web-shop", "2026-10-13T09:00", "2026-10-13T09:30")
    source.down("web-shop", "2026-10-14T08:00", "2026-10-14T08:05", None)
    Exclusion.objects.create(
        component=Component.objects.get(),
        start=utc(2026, 10, 13, 9, 10),
        end=utc(2026, 10, 13, 9, 40),
        reason="power cut at the customer",
        approved_by="Ann",
    )
    (example,) = blocks(PAGE, "console")
    command, _, expected = example.partition("\n")
    out = io.StringIO()
    with pytest.raises(CommandError) as missed:
        call_command(*shlex.split(command)[3:], stdout=out)
    assert missed.value.returncode == 3
    printed = out.getvalue().replace("\u00a0", " ") + f"{missed.value}\n"
    beginning, _, end = expected.partition("...\n")
    assert printed.startswith(beginning)
    assert printed.endswith(end)
