"""Tests whose cases wait most of the time: they run at the same time, in threads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

_THREADS = 3


def parametrize_at_once(
    names: str,
    values: Iterable[Any],
    ids: Sequence[str] | None = None,
    long: Collection[Any] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test as pytest does, but begin with all of its cases at once.

    Each has a `tmp_path` of its own and shares other fixtures, which have to be of a
    module or a session. It passes or fails by itself, when its turn comes.

    Those named in `long` are with what takes long.
    """
    cases: list[tuple[Any, ...]] = [
        value if "," in names else (value,) for value in values
    ]
    named = [name.strip() for name in names.split(",")]

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        started: dict[int, Future[None]] = {}
        shared = inspect.signature(function).parameters.keys() - {*named, "tmp_path"}

        def run_all(request: pytest.FixtureRequest) -> None:
            directories = request.getfixturevalue("tmp_path_factory")
            fixtures = {name: request.getfixturevalue(name) for name in shared}
            chosen: list[Any] = [
                item.callspec.params["case"]
                for item in request.session.items
                if getattr(item, "function", None) is test
                and isinstance(item, pytest.Function)
            ]
            # Its threads end when all has run.
            executor = ThreadPoolExecutor(_THREADS)
            for case in chosen:
                run: Callable[..., None] = partial(
                    function, **dict(zip(named, cases[case], strict=True)), **fixtures
                )
                if "tmp_path" in inspect.signature(function).parameters:
                    directory: Path = directories.mktemp(f"case{case}_")
                    run = partial(run, tmp_path=directory)
                started[case] = executor.submit(run)
            executor.shutdown(wait=False)

        def test(case: int, request: pytest.FixtureRequest) -> None:
            if not started:
                run_all(request)
            started[case].result()

        test.__name__, test.__doc__ = function.__name__, function.__doc__
        test.__module__, test.__qualname__ = function.__module__, function.__name__
        default = [value if isinstance(value, str) else None for (value, *_) in cases]
        numbers = [
            pytest.param(number, marks=pytest.mark.long if value in long else ())
            for number, (value, *_) in enumerate(cases)
        ]
        mark = pytest.mark.parametrize("case", numbers, ids=ids or default)
        marked: Callable[..., None] = mark(test)
        return marked

    return decorate
