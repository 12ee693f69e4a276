"""Write docs/openapi.json, the JSON API's own description: python docs/openapi.py"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def text() -> str:
    """Return the file. Needs Django to be set up."""
    from otel_sla.web.api.router import document

    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
    import django

    django.setup()
    (HERE / "openapi.json").write_text(text(), "utf-8")
