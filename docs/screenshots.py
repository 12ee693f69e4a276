"""Take the screenshots of the docs: the sample catalogue at a fixed moment.

    python docs/screenshots.py [NAME ...]

Needs chromium, and the test extra for Playwright.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from unittest.mock import patch

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

MOMENT = datetime(2026, 12, 21, 13, 46, tzinfo=UTC)
PASSWORD = "screenshots"  # noqa: S105 - of a database that lives for a minute
PAGES = {
    "status": "/",
    "timeline": "/timeline?label=team:logistics",
    "page": "/components/stock-london",
    "report": "/reports/2026-11/?label=team:payments",
    "schedule": "/admin/otel_sla/schedule/?q=warehouse-london",
    "calendar": "/admin/otel_sla/holidaycalendar/?q=sydney",
    "component": "/admin/otel_sla/component/?q=web-shop",
}
MEASURED = {
    "status": "td.achieved[data-label]",
    "page": "section.achieved dl",
    "report": ".report-summary",
}
"""What a page has once its components are measured."""

MOST_RELOADS = 120


@contextmanager
def serving() -> Iterator[str]:
    """Serve the sample catalogue from a database of its own, at the fixed moment."""
    import django
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.db import connections

    from otel_sla.prometheus.setting import SAMPLE_AVAILABILITY

    settings.OTEL_SLA["PROMETHEUS"] = {"SAMPLES_FILE": SAMPLE_AVAILABILITY}
    call_command("migrate", verbosity=0)
    sample = str(DOCS.parent / "otel_sla" / "sample_catalogue.yaml")
    call_command("load_catalogue", sample, verbosity=0)
    User.objects.create_superuser("sam", password=PASSWORD)
    connections.close_all()
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def main(names: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "sla_site.settings"
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/db.sqlite3"
        os.environ["DJANGO_DEBUG"] = "1"
        now = patch("time.time", lambda: MOMENT.timestamp())
        with now, serving() as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=which("chromium"),
                args=["--no-sandbox", "--hide-scrollbars"],
            )
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(f"{base}/admin/login/")
            page.fill("#id_username", "sam")
            page.fill("#id_password", PASSWORD)
            page.press("#id_password", "Enter")
            page.wait_for_selector("#user-tools")
            for name in names or PAGES:
                page.goto(base + PAGES[name])
                if "?q=" in PAGES[name]:
                    page.click("#result_list tbody th a")
                    page.wait_for_selector("#otel-sla-preview table")
                for _ in range(MOST_RELOADS):
                    if name not in MEASURED or page.locator(MEASURED[name]).count():
                        break
                    page.wait_for_timeout(500)
                    page.reload()
                if name == "schedule":
                    page.fill("#id_rules-0-end", "21:00")
                    page.wait_for_selector("text=Compared with the saved version")
                if name == "calendar":
                    page.fill("#id_days-0-end", "01-08")
                    page.wait_for_selector("text=Change in the next 90 days")
                whole = name not in ("status", "report")
                page.screenshot(path=DOCS / f"{name}.png", full_page=whole)
            page.emulate_media(color_scheme="dark")
            page.goto(base + PAGES["status"])
            page.screenshot(path=DOCS / "status-dark.png")
            page.set_viewport_size({"width": 390, "height": 844})
            page.goto(base + PAGES["status"])
            page.screenshot(path=DOCS / "phone.png")
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
