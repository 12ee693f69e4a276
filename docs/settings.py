"""Write docs/settings.md from the settings of the app: python docs/settings.py"""

from __future__ import annotations

import inspect
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

HERE = Path(__file__).resolve().parent

HEAD = """\
# Settings

Written by `python docs/settings.py` from the properties of `otel_sla/conf.py`.

The settings are keys of one dictionary in the site's settings module. All are optional,
but outside debug mode nobody can scrape a site until it has a token:

```python
OTEL_SLA = {"MAX_SNAPSHOT_AGE": 600, "PUBLIC_STATUS": True}
```

For the environment variables, OpenTelemetry's standard ones, see [otlp.md](otlp.md).

`manage.py check` reports these problems:

| id | problem | reported by |
|---|---|---|
| `otel_sla.E001` | a setting has an invalid value | `check` |
| `otel_sla.E002` | the OpenTelemetry configuration can't be used | `check` |
| `otel_sla.E003` | a stored schedule can't be evaluated any more | `check --database` |
| `otel_sla.E005` | releases of OpenTelemetry's packages don't fit together | `check` |
| `otel_sla.E006` | [rows as metrics](rows.md) are declared wrongly | `check` |
| `otel_sla.E007` | `SOURCES` has the name of no source | `check` |
| `otel_sla.E008` | not only in `SHARED_APPS` ([tenants.md](tenants.md)) | `check` |
| `otel_sla.W001` | a setting is unknown (with the closest name) | `check` |
| `otel_sla.W002` | the time zone data is older than a year | `check` |
| `otel_sla.W003` | workers can't share counts ([workers.md](workers.md)) | `check` |
| `otel_sla.W004` | under ASGI there will be no HTTP server metrics | `check` |
| `otel_sla.W005` ... `W010` | see [security.md](security.md) | `check --deploy` |
| `otel_sla.W011` | no component has a label of `SELECT` | `check --database` |
| `otel_sla.W012` | `CONN_MAX_AGE` under ASGI ([deploy.md](deploy.md)) | `check` |
| `otel_sla.W013` | a session of MySQL or MariaDB is not utf8mb4 | `check --database` |
| `otel_sla.W014` | a release of OpenTelemetry's packages was not tried | `check` |
| `otel_sla.W015` | a URL pattern hides the app's, or the include is wrong | `check` |
| `otel_sla.W016` | no page answers at `LOGIN_URL` | `check` |
| `otel_sla.W019` | no template engine finds the templates of the pages | `check` |
| `otel_sla.W020` | a module of [rows as metrics](rows.md) can't be imported | `check` |
| `otel_sla.W021` | there is nothing to export | `check` |
| `otel_sla.W022` | `without` of a calendar matches no day | `check --database` |
| `otel_sla.W023` | a package or a file of `PROMETHEUS` is missing | `check` |
| `otel_sla.W024` | all tenants see the pages ([tenants.md](tenants.md)) | `check` |
"""


def page() -> str:
    """Return the page. Needs Django to be set up."""
    from django.test import override_settings

    from otel_sla.conf import NAMES, Settings

    with TemporaryDirectory() as base:
        (Path(base) / "otel-config.yaml").touch()
        with override_settings(OTEL_SLA={}, BASE_DIR=Path(base)):
            sections = "".join(
                _section(Settings, name, Path(base)) for name in sorted(NAMES)
            )
    return HEAD + sections


def _section(settings: type[Any], name: str, base: Path) -> str:
    from otel_sla.prometheus.setting import PrometheusSetting

    prop = inspect.getattr_static(settings, name)
    text = inspect.getdoc(prop)
    if not text:
        raise SystemExit(f"otel_sla/conf.py: {name} has no docstring: say what it does")
    # The settings' module has it for type checkers only.
    late = {"PrometheusSetting": PrometheusSetting}
    kind = _shown(get_type_hints(prop.fget, localns=late)["return"])
    default = _written(prop.fget(settings()), base)
    return f"\n## {name}\n\n{kind}; default: `{default}`\n\n{text}\n"


def _shown(hint: Any) -> str:
    """The type as people say it: `bool` or `None`."""
    if hint == tuple[str, ...]:
        return "a list of strings"
    if hint == tuple[str, ...] | None:
        return "a list of strings or `None`"
    if "PrometheusSetting" in str(hint):
        return "a dict or `None`"
    # A path is of pathlib._local where Python is 3.13.
    names = re.sub(r"pathlib\.(_local\.)?", "", inspect.formatannotation(hint))
    return " or ".join(f"`{one}`" for one in names.split(" | "))


def _written(value: Any, base: Path) -> str:
    """The default as it would be written in a settings module."""
    if isinstance(value, Path):
        parts = value.relative_to(base).parts
        return " / ".join(["BASE_DIR", *(f'"{part}"' for part in parts)])
    return repr(list(value) if isinstance(value, tuple) else value)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
    import django

    django.setup()
    (HERE / "settings.md").write_text(page())
