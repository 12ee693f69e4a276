"""Take the documents beside docs/ into the built site; a hook of mkdocs.

On GitHub and in a checkout, links between README.md and docs/ are relative to the
file; here all pages are in one directory.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "readme.md",
}
"""The documents at the root of the repository, and their pages."""

_FILE = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\(\.\./(?P<path>[^)#\s]+)\)")
_LINK = re.compile(r"\]\((?P<target>[^)#\s]+)")
_ROOT = Path(__file__).resolve().parent.parent


def on_files(files: Files, config: Any, **_: Any) -> Files:
    """Add the documents to the pages."""
    for name, page in PAGES.items():
        text = _LINK.sub(_inside, (_ROOT / name).read_text("utf-8"))
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to the documents lead to their pages, and name other files only."""
    return _LINK.sub(_outside, _FILE.sub(_named, markdown))


def _named(match: re.Match[str]) -> str:
    """What a link to a file of the repository says, where that is there."""
    path = match["path"]
    leads_on = path in PAGES or not (_ROOT / path).exists()
    return match[0] if leads_on else match["text"]


def _inside(match: re.Match[str]) -> str:
    """A link from a document, as a page has it. What GitHub can't find isn't found."""
    target = match["target"]
    if ":" in target or target in PAGES:
        return f"]({PAGES.get(target, target)}"
    inside = target.startswith("docs/")
    return f"]({target.removeprefix('docs/') if inside else f'../{target}'}"


def _outside(match: re.Match[str]) -> str:
    """A link of a page of docs/ to a document, as another page has it."""
    target = match["target"]
    up = target.startswith("../")
    return f"]({PAGES.get(target.removeprefix('../'), target) if up else target}"
