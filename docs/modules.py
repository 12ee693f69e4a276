"""Write docs/modules.md from the contracts of imports: python docs/modules.py"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

HEAD = """\
# Modules

Written by `python docs/modules.py` from the layers in `pyproject.toml` and the first
line of every module. How the packages work together is in
[architecture.md](architecture.md).

## Layers

A package or module may import those in rows below its own, and none above or beside it;
`lint-imports` names what breaks this.

| | |
|---|---|
"""


def page() -> str:
    """Return the page."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = [["sla_site"]]
    rows += [[f"otel_sla.{one}" for one in layer.split(" | ")] for layer in layers]
    table = "".join(
        f"| {number} | {'<br>'.join(map(_said, row))} |\n"
        for number, row in enumerate(rows, 1)
    )
    packages = [one for row in rows for one in row if _path(one).is_dir()]
    return HEAD + table + "".join(map(_section, packages))


def _section(package: str) -> str:
    lines = "".join(f"| `{name}` | {said} |\n" for name, said in _modules(package))
    return f"\n## {_short(package)}\n\n| | |\n|---|---|\n{lines}"


def _modules(package: str) -> Iterator[tuple[str, str]]:
    """Yield every module below the package, with the first line of its docstring."""
    top = _path(package)
    for file in sorted(top.rglob("*.py")):
        name = ".".join(file.relative_to(top).with_suffix("").parts)
        if name != "__init__" and file.read_text("utf-8").strip():
            yield name.removesuffix(".__init__"), _line_of(file)


def _said(module: str) -> str:
    path = _path(module)
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return f"`{_short(module)}`: {_line_of(file)}"


def _short(module: str) -> str:
    return module.removeprefix("otel_sla.")


def _path(module: str) -> Path:
    return ROOT.joinpath(*module.split("."))


def _line_of(file: Path) -> str:
    """The first line of the module's docstring."""
    text = ast.get_docstring(ast.parse(file.read_text("utf-8")))
    if not text:
        raise SystemExit(f"{file}: the module has no docstring: say what it is for")
    return text.splitlines()[0]


if __name__ == "__main__":
    (HERE / "modules.md").write_text(page())
