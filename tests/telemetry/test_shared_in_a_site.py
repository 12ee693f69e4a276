"""A site's own observable gauges, behind three workers: who is asked, and when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..support.processes import GUNICORN, WSGI, Server, Site, make_site, until
from ..support.receivers import receiving
from .test_pusher import gaps, pushing, waken_all
from .test_workers import ask, counted, saved

THREE = (*GUNICORN, "--workers", "3", WSGI)
OBSERVED = 10_000
SHOP = f"""
import os
from pathlib import Path

from django.apps import AppConfig
from opentelemetry import metrics
from opentelemetry.metrics import Observation

ASKED = Path(__file__).parent / "asked"


def note(name):
    with (ASKED / f"{{name}}-{{os.getpid()}}").open("a") as file:
        file.write(".")


def memory(options):
    note("memory")
    return [Observation(1)]


class Shop(AppConfig):
    name = "own_gauges"

    def ready(self):
        from otel_sla.bridge import shared

        @shared
        def carts(options):
            note("carts")
            for number in range({OBSERVED}):
                yield Observation(number, {{"cart": f"c{{number}}"}})

        meter = metrics.get_meter("shop")
        meter.create_observable_gauge("shop.carts", [carts])
        meter.create_observable_gauge("shop.memory", [memory])
"""


class Shop:
    """The site, and how often which callback was asked in which process."""

    def __init__(self, directory: Path) -> None:
        site = make_site(directory).load_sample()
        site.write("own_gauges.py", SHOP)
        self._asked = directory / "asked"
        self.site = site.having_settings(
            "shop_settings",
            'INSTALLED_APPS = [*INSTALLED_APPS, "own_gauges.Shop"]',
        )

    def asked(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {"carts": Counter(), "memory": Counter()}
        for file in self._asked.iterdir():
            name, _, pid = file.name.partition("-")
            found[name][pid] = file.stat().st_size
        return found

    @contextmanager
    def serving(self, site: Site) -> Iterator[Server]:
        """Serve with three workers, each of which has answered something."""
        self._asked.mkdir()
        with site.serving(*THREE, path="/nothing-here") as server:
            waken_all(server, 3)
            yield server
        for file in self._asked.iterdir():
            file.unlink()
        self._asked.rmdir()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def test_a_scrape_asks_one_worker_for_what_is_shared_and_each_for_its_own(
    shop: Shop,
) -> None:
    scrapes = 6
    with shop.serving(shop.site) as server:
        for count in range(1, scrapes + 1):
            text = server.get("/metrics").text
            carts = re.findall(r'^shop_carts\{cart="c(\d+)"\} (\S+)$', text, re.M)
            assert len(carts) == text.count("\nshop_carts{") == OBSERVED
            assert len(dict(carts)) == OBSERVED
            assert all(float(number) == float(value) for number, value in carts)
            assert (
                len(re.findall(r'^shop_memory\{worker="\S+"\} 1.0$', text, re.M)) == 3
            )
            assert "\nservice_window_workers_together 1\n" in text
            assert shop.asked()["carts"].total() == count
        asked = shop.asked()
        assert sorted(asked["memory"].values()) == [scrapes] * 3
        # Whatever all workers save in between, they ask nobody for it.
        before = counted(server)
        ask(server, 30)
        until(lambda: saved(server) == before + 30, "a saving of every worker")
        assert shop.asked()["carts"].total() == scrapes + 1
        assert sorted(shop.asked()["memory"].values()) == [scrapes + 1] * 3
        assert counted(server) == before + 30


def test_a_push_an_interval_has_what_is_shared_and_one_of_each_worker_its_own(
    shop: Shop,
) -> None:
    with receiving() as receiver:
        site = pushing(shop.site, receiver.http_port)
        with shop.serving(site):
            points = receiver.sink.expect(4 * OBSERVED, "shop.carts")
            memory = receiver.sink.points("shop.memory")
            pushes = shop.asked()["carts"]
    assert len(pushes) == 1
    assert {dict(one.resource)["service.instance.id"] for one in points} == {"the-site"}
    assert all(1.0 < gap < 6 for gap in gaps(points)), gaps(points)
    instances = {dict(one.resource)["service.instance.id"] for one in memory}
    assert len(instances) == 3
    assert "the-site" not in instances
