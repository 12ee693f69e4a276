"""Take the screenshots of docs/admin-themes.md: a schedule's page in each theme.

    python docs/theme_screenshots.py unfold
    python docs/theme_screenshots.py jazzmin

Needs what docs/screenshots.py needs.
"""

from __future__ import annotations

import os
import sys
import tempfile
from shutil import which
from unittest.mock import patch

from screenshots import DOCS, MOMENT, PASSWORD, serving


def install(theme: str) -> None:
    """Set Django up with the theme in the reference site's admin."""
    import django

    from sla_site import settings

    settings.INSTALLED_APPS.insert(0, theme)
    # Themes have scripts and styles within their pages.
    settings.MIDDLEWARE.remove("csp.middleware.CSPMiddleware")
    settings.TEMPLATES[0]["DIRS"] = []
    settings.JAZZMIN_SETTINGS = {"use_google_fonts_cdn": False}
    django.setup()
    if theme == "unfold":
        from django.contrib import admin
        from unfold.admin import ModelAdmin, StackedInline, TabularInline

        from otel_sla.admin import register

        register(admin.site, ModelAdmin, StackedInline, TabularInline)


def main(theme: str) -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "sla_site.settings"
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/db.sqlite3"
        os.environ["DJANGO_DEBUG"] = "1"
        install(theme)
        now = patch("time.time", lambda: MOMENT.timestamp())
        with now, serving() as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=which("chromium"),
                args=["--no-sandbox", "--hide-scrollbars"],
            )
            page = browser.new_page(viewport={"width": 1400, "height": 760})
            page.goto(f"{base}/admin/")
            page.fill("[name=username]", "sam")
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{base}/admin/")
            page.goto(f"{base}/admin/otel_sla/schedule/?q=warehouse-london")
            page.click("a:text-is('warehouse-london')")
            if theme == "jazzmin":
                page.click("text=Rules")
            page.fill("#id_rules-0-end", "21:00")
            page.wait_for_selector("text=Compared with the saved version")
            page.evaluate("window.scrollTo(0, 0)")
            page.wait_for_timeout(500)
            page.screenshot(path=DOCS / f"schedule-{theme}.png")
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
