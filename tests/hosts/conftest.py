"""Fixtures that the sites share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..support.receivers import Receiver, receiving


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
