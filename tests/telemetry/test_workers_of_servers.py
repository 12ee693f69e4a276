"""Scrapes show what all processes of a server have counted, server by server."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..support.at_once import parametrize_at_once
from ..support.parts import missing
from ..support.processes import WSGI, Site, make_site
from .test_workers import ask, counted, list_files

ASGI = "sla_site.asgi:application"
UWSGI = (
    str(Path(sys.executable).with_name("uwsgi")),
    *("--http-socket", "127.0.0.1:{port}", "--module", WSGI),
    *("--need-app", "--die-on-term", "--processes"),
)
HYPERCORN = (sys.executable, "-m", "hypercorn", "--bind", "127.0.0.1:{port}")
GRANIAN = (sys.executable, "-m", "granian", "--port", "{port}", "--workers", "2")
DAPHNE = (sys.executable, "-m", "daphne", "-p", "{port}", ASGI)
RECYCLING = (
    *("--max-requests", "20", "--min-worker-lifetime", "0"),
    "--skip-atexit-teardown",
)
SERVERS = {
    "uWSGI": ("pyuwsgi", (*UWSGI, "4", "--master")),
    "uWSGI with threads": ("pyuwsgi", (*UWSGI, "4", "--master", "--threads", "2")),
    "uWSGI with lazy-apps": ("pyuwsgi", (*UWSGI, "2", "--master", "--lazy-apps")),
    "uWSGI without a master": ("pyuwsgi", (*UWSGI, "4")),
    "uWSGI that recycles": ("pyuwsgi", (*UWSGI, "2", "--master", *RECYCLING)),
    "Hypercorn": ("hypercorn", (*HYPERCORN, "--workers", "2", ASGI)),
    "Granian, WSGI": ("granian", (*GRANIAN, "--interface", "wsgi", WSGI)),
    "Granian, ASGI": ("granian", (*GRANIAN, "--interface", "asgi", ASGI)),
    "Daphne": ("daphne", DAPHNE),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the sample catalogue, found by programs that are no Python."""
    made = make_site(tmp_path_factory.mktemp("servers")).load_sample()
    here = Path(__file__).parents[2]
    return made.having(PYTHONPATH=f"{made.directory}:{here}")


@parametrize_at_once("server", SERVERS)
def test_every_scrape_counts_the_requests_of_all_processes(
    server: str, site: Site
) -> None:
    module, command = SERVERS[server]
    if find_spec(module) is None:
        missing(module)
    with site.serving(*command, path="/nothing-here") as running:
        # Those that start later than others have served something, too.
        ask(running, 60)
        before = counted(running)
        ask(running, 40)
        assert {counted(running) - before for _ in range(12)} == {40}
        assert "Traceback" not in running.output
        if server != "Daphne":
            found = list_files(running)
            sockets = [one for one in found if one.endswith(".socket")]
            # The next of those that are recycled may not have answered yet.
            assert len(sockets) > ("recycles" not in server)
            assert ("ended.json" in found) == ("recycles" in server)
