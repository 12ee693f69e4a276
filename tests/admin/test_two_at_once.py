"""Of two who save at once, the second is compared with what the first has stored."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client

from otel_sla.admin import dependents
from otel_sla.models import Schedule, ScheduleInclusion

from ..support.make import make_schedule
from .test_stale_forms import opened, url

pytestmark = pytest.mark.django_db(transaction=True)


class Second(Thread):
    """A user who saves while another's form has been checked, but not yet stored."""

    def __init__(self, schedule: Schedule, form: dict[str, Any]) -> None:
        super().__init__()
        self._schedule, self._form = schedule, form
        self.checked = Event()
        self.status = 0

    def run(self) -> None:
        try:
            client = Client(raise_request_exception=False)
            client.force_login(User.objects.get())
            self.status = client.post(url(self._schedule), self._form).status_code
        finally:
            self.checked.set()
            connections.close_all()


def test_two_at_once_store_no_circle(admin_client: Client) -> None:
    one, other = make_schedule("one"), make_schedule("other")
    form = {**opened(admin_client, one), "includes": "other"}
    second = Second(other, {**opened(admin_client, other), "includes": "one"})

    check_circles = dependents.check_circles

    def checked(*args: Any) -> None:
        check_circles(*args)
        # A database in memory has one connection: there the second comes later.
        if second.ident is None and connection.vendor != "sqlite":
            second.start()
            # It waits for this one. Without a lock it would have stored its own now.
            second.checked.wait(1)

    with patch.object(dependents, "check_circles", checked):
        assert admin_client.post(url(one), form).status_code == 302
        if second.ident:
            second.join()
        else:
            second.run()
    assert second.status == 200
    assert ScheduleInclusion.objects.get().schedule == one
