"""Write docs/modules.md from the contracts of imports: python docs/modules.py"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

HEAD = """\
# Modules

Written by `python docs/modules.py` from the layers in `pyproject.toml` and the first
line of every module. A module may import those that stand in rows below its own, and
none above or beside it; `lint-imports` says where one does. What holds them together
is in [architecture.md](architecture.md).

| | modules |
|---|---|
"""


def page() -> str:
    """Return the page."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    first = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    return HEAD + "".join(
        _row(number, layer.split(" | ")) for number, layer in enumerate(first, 1)
    )


def _row(number: int, modules: list[str]) -> str:
    said = [f"`{one.removeprefix('otel_sla.')}`: {_said(one)}" for one in modules]
    return f"| {number} | {'<br>'.join(said)} |\n"


def _said(module: str) -> str:
    """The first line of the module's docstring."""
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text("utf-8")))
    if not text:
        raise SystemExit(f"{file}: the module has no docstring: say what it is for")
    return text.splitlines()[0]


if __name__ == "__main__":
    (HERE / "modules.md").write_text(page())
