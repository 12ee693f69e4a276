"""The lines that the README has its readers type into a Django site of their own."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = "/path/to/this/repository"

_README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
_SECTION = _README.partition("## In your own Django site\n")[2].partition("\n## ")[0]


def blocks(language: str) -> list[str]:
    """Return the section's code blocks of a language."""
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, _SECTION, re.MULTILINE | re.DOTALL)


def lines_for(file: str) -> list[str]:
    """Return what is to be appended to settings.py or urls.py, part by part."""
    (block,) = blocks("python")
    parts = re.split(r"^# (\w+\.py).*\n", block, flags=re.MULTILINE)
    return [
        text
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
        if name == file
    ]


APP, PRODUCTION = lines_for("settings.py")
INCLUDE, LOGIN_PAGE = lines_for("urls.py")
INSTALL, _COMMANDS = blocks("sh")
LOAD, _, IN_PRODUCTION = _COMMANDS.partition("# in production\n")
COLLECT, _, MAKE_TOKEN = IN_PRODUCTION.partition("\n")
