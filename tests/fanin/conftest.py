from __future__ import annotations

import os

import pytest

from otel_sla.fanin import worker


@pytest.fixture(autouse=True)
def group_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep test processes of one parent from joining each other's groups.

    A group is found by its name, wherever its directory is.
    """
    group = f"{worker.group_of_parent()}-{os.getpid() & 0xFFFF:04x}"
    monkeypatch.setattr(worker, "group_of_parent", lambda: group)
