"""The German catalogue is complete, compiled, and says what the source says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from ..support.parts import program

ROOT = Path(__file__).parents[2]
FILE = Path("locale/de/LC_MESSAGES/django.po")
CATALOGUES = sorted(
    one.parent for one in ROOT.glob("*/locale") if (one.parent / FILE).exists()
)
PARAMETER = re.compile(r"%\(\w+\)[a-z]|%(?:%|[sd])|\{\w*\}|`[^`]+`")

Key = tuple[str | None, str, str]


def keys(catalogue: polib.POFile) -> set[Key]:
    return {(one.msgctxt, one.msgid, one.msgid_plural) for one in catalogue}


@pytest.fixture(params=CATALOGUES, ids=lambda app: app.name)
def app(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


def test_everything_that_is_marked_is_in_the_catalogue(
    app: Path, tmp_path: Path
) -> None:
    program("xgettext")
    copy = tmp_path / app.name
    kept = shutil.ignore_patterns("__pycache__", "*.mo", "static")
    shutil.copytree(app, copy, ignore=kept)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-obsolete"],
        cwd=copy,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
        capture_output=True,
    )
    assert keys(polib.pofile(str(copy / FILE))) == keys(polib.pofile(str(app / FILE)))


def test_every_message_is_translated(app: Path) -> None:
    catalogue = polib.pofile(str(app / FILE))
    assert [one.msgid for one in catalogue if not one.translated()] == []
    assert [one.msgid for one in catalogue if one.fuzzy or one.obsolete] == []


def test_a_translation_has_the_parameters_of_its_message(app: Path) -> None:
    wrong = []
    for one in polib.pofile(str(app / FILE)):
        for text in [one.msgstr] if one.msgstr else one.msgstr_plural.values():
            wanted = set(PARAMETER.findall(one.msgid + one.msgid_plural))
            singular_may_lack = wanted if one.msgid_plural else set()
            if not set(PARAMETER.findall(text)) ^ wanted <= singular_may_lack:
                wrong.append((one.msgid, text))
    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_text(app: Path) -> None:
    text = polib.pofile(str(app / FILE))
    compiled = polib.mofile(str((app / FILE).with_suffix(".mo")))
    said = [
        {
            (one.msgctxt, one.msgid): (one.msgstr, dict(one.msgstr_plural))
            for one in entries
        }
        for entries in (text, compiled)
    ]
    assert said[0] == said[1]
