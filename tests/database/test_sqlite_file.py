"""An SQLite file that is moved away, or replaced while connections have it open."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ..support.databases import sqlite_url
from ..support.processes import GUNICORN, WSGI, Site, components_in, make_site, until
from ..support.processes import sample_components as sample

KEPT = 'DATABASES["default"]["CONN_MAX_AGE"] = None\n'
NO_LOG = 'DATABASES["default"]["OPTIONS"]["init_command"] = ""\n'
RENAME = "UPDATE otel_sla_component SET name = 'renamed-' || id"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path, DATABASE_URL=sqlite_url(tmp_path)).load_sample()


def changed_copy(directory: Path) -> Path:
    """A copy of the site's file in which all components have other names."""
    copy = directory / "new.sqlite3"
    with (
        closing(sqlite3.connect(directory / "site.sqlite3")) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        target.execute(RENAME)
        target.commit()
    return copy


@pytest.mark.parametrize("settings", [KEPT, KEPT + NO_LOG], ids=["WAL", "no WAL"])
def test_a_file_that_was_replaced_is_read_at_the_next_scrape(
    settings: str, site: Site, tmp_path: Path
) -> None:
    new, path = changed_copy(tmp_path), tmp_path / "site.sqlite3"
    with site.having_settings("kept", settings).serving(*GUNICORN, WSGI) as server:
        assert components_in(server.get("/metrics").text) == sample()
        for log in ("-wal", "-shm"):
            path.with_name(path.name + log).unlink(missing_ok=True)
        new.replace(path)
        after = components_in(server.get("/metrics").text)
        assert len(after) == len(sample())
        assert all(name.startswith("renamed-") for name in after)
        assert "can't be read" not in server.output
        deleted = [
            one
            for pid in server.pids()
            for one in Path(f"/proc/{pid}/fd").iterdir()
            if "sqlite3" in str(one.readlink()) and "(deleted)" in str(one.readlink())
        ]
        assert deleted == []


def test_a_log_that_was_deleted_is_not_read_any_longer(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "site.sqlite3"
    with site.having_settings("kept", KEPT).serving(*GUNICORN, WSGI) as server:
        for _ in range(2):
            assert components_in(server.get("/metrics").text) == sample()
        for log in ("-wal", "-shm"):
            path.with_name(path.name + log).unlink()
        with closing(sqlite3.connect(path)) as writer:
            writer.execute(RENAME)
            writer.commit()
            after = components_in(server.get("/metrics").text)
    assert all(name.startswith("renamed-") for name in after)


def test_a_file_that_is_gone_is_not_made_anew_and_its_last_rows_are_served(
    site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "site.sqlite3"
    away = tmp_path / "away.sqlite3"
    with site.having_settings("kept", KEPT + NO_LOG).serving(*GUNICORN, WSGI) as server:
        assert server.get("/metrics").status == 200
        path.rename(away)
        during = server.get("/metrics")
        assert components_in(during.text) == sample()
        assert f"there is no database file {path}" in server.output
        assert not path.exists()
        shutil.copy(away, path)
        assert components_in(server.get("/metrics").text) == sample()
        until(lambda: "can be read again" in server.output, "the new file")


LEFT_ALONE = """
from django.db import connection
from otel_sla.database.connect import connect
from otel_sla.database.deadline import Deadline

for _ in range(2):
    connect(connection, Deadline())
    print(connection.settings_dict["NAME"], id(connection.connection))
"""


@pytest.mark.parametrize("name", [":memory:", "file:{path}?mode=rw"])
def test_names_that_are_no_path_are_left_alone(
    name: str, site: Site, tmp_path: Path
) -> None:
    named = name.format(path=tmp_path / "site.sqlite3")
    other = site.having_settings("named", f'DATABASES["default"]["NAME"] = {named!r}')
    first, second = other.manage("shell", "-v0", "-c", LEFT_ALONE).splitlines()
    assert first == second
