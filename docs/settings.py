"""Write docs/settings.md from the settings of the app: python docs/settings.py"""

from __future__ import annotations

import inspect
import os
import re
import sys
from pathlib import Path, PurePath
from typing import Any, get_type_hints

HERE = Path(__file__).resolve().parent

HEAD = """\
# Settings

Written by `python docs/settings.py` from the properties of `otel_sla/conf.py`.

All of them are keys of one dictionary in the site's settings module, and none is
required:

```python
OTEL_SLA = {"MAX_SNAPSHOT_AGE": 600, "PUBLIC_STATUS": True}
```

`manage.py check` says which value is impossible (`otel_sla.E001`) and which name is
unknown (`otel_sla.W001`), and what was probably meant. What the OpenTelemetry SDK reads
from the environment is in [otlp.md](otlp.md).
"""


def page() -> str:
    """Return the page. Needs Django to be set up."""
    from django.test import override_settings

    from otel_sla.conf import NAMES, Settings

    with override_settings(OTEL_SLA={}, BASE_DIR=PurePath("BASE_DIR")):
        return HEAD + "".join(_section(Settings, name) for name in sorted(NAMES))


def _section(settings: type[Any], name: str) -> str:
    prop = inspect.getattr_static(settings, name)
    text = inspect.getdoc(prop)
    if not text:
        raise SystemExit(f"otel_sla/conf.py: {name} has no docstring: say what it does")
    kind = _shown(get_type_hints(prop.fget)["return"])
    default = _written(prop.fget(settings()))
    return f"\n## {name}\n\n{kind}; default: `{default}`\n\n{text}\n"


def _shown(hint: Any) -> str:
    """The type as people say it: `bool` or `None`."""
    # A path is of pathlib._local where Python is 3.13.
    names = re.sub(r"pathlib\.(_local\.)?", "", inspect.formatannotation(hint))
    return " or ".join(f"`{one}`" for one in names.split(" | "))


def _written(value: Any) -> str:
    """The default as it would be written in a settings module."""
    if isinstance(value, PurePath):
        first, *rest = value.parts
        return " / ".join([first, *(f'"{part}"' for part in rest)])
    return repr(value)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
    import django

    django.setup()
    (HERE / "settings.md").write_text(page())
