"""Measure what the app costs processes that don't use it.

    python benchmarks/idle.py [--rounds 15] [--checkout DIRECTORY]

Prints Markdown tables. Each process is started in turn with and without otel_sla in
INSTALLED_APPS, with the settings of the reference site. CPU is that of the process from
its start, memory its largest resident set; both are medians. The last table is that of
a server: Django's setup and the first scrape of the sample catalogue. Modules have been
compiled, as an installer does it. --checkout measures another checkout, such as that of
an earlier release, with the packages that are installed here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "idle_site/__init__.py": "",
    "idle_site/settings.py": """
import os
from sla_site.settings import *

# The path that is in the site's own settings would be that of the checkout.
KIND = os.environ["KIND"]
INSTALLED_APPS = [*INSTALLED_APPS, "idle_site"]
if "without the app" in KIND:
    INSTALLED_APPS.remove("otel_sla")
    ROOT_URLCONF = "idle_site.urls"
if "no admin" in KIND:
    INSTALLED_APPS.remove("django.contrib.admin")
    ROOT_URLCONF = "idle_site.urls"
""",
    "idle_site/urls.py": "urlpatterns = []\n",
    "idle_site/management/__init__.py": "",
    "idle_site/management/commands/__init__.py": "",
    "idle_site/management/commands/nothing.py": """
from django.core.management import BaseCommand

class Command(BaseCommand):
    def handle(self, **options):
        pass
""",
}
REPORT = """
import json, resource, sys, time
def report(*more):
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([time.process_time(), kibibytes / 1024, len(sys.modules), *more]))
"""
SCRIPT = f"{REPORT}\nimport django; django.setup(); report()"
COMMAND = f"""{REPORT}
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "{{}}"])
report()
"""
# Celery's programs are known by their modules on the stack.
CELERY = f"""{REPORT}
exec("import django; django.setup()", {{"__name__": "celery.bin.worker"}})
report()
"""
SERVER = f"""{REPORT}
from wsgiref.util import setup_testing_defaults
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
ready = time.process_time()

def scrape():
    environ, answers = {{}}, []
    setup_testing_defaults(environ)
    environ |= {{"PATH_INFO": "/metrics", "HTTP_HOST": "localhost"}}
    body = application(environ, lambda status, headers: answers.append(status))
    text = b"".join(body)
    body.close()
    assert answers == ["200 OK"] and b"service_window_in_window{{" in text, answers
    return time.process_time()

first = scrape()
report(ready, first - ready, scrape() - first)
"""
IDLE = {
    "a script that sets Django up": SCRIPT,
    "the same, no admin": SCRIPT,
    "a worker of Celery": CELERY,
    "`manage.py diffsettings`": COMMAND.format("diffsettings"),
    "`manage.py check`": COMMAND.format("check"),
    "a command of the site's own": COMMAND.format("nothing"),
}
LOAD = f"""{REPORT}
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_catalogue", {{!r}}, verbosity=0)
report()
"""


@contextmanager
def site(checkout: Path) -> Iterator[dict[str, str]]:
    """A site with the sample catalogue; the environment of its processes."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in FILES.items():
            file = Path(directory, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        environment = {
            **{name: os.environ[name] for name in ("PATH",) if name in os.environ},
            "DATABASE_URL": f"sqlite:///{directory}/site.sqlite3",
            "DJANGO_PUBLIC_METRICS": "1",
            "DJANGO_SECRET_KEY": "benchmark",
            "DJANGO_SSL_REDIRECT": "0",
            "DJANGO_SETTINGS_MODULE": "idle_site.settings",
            "HOME": directory,
            "KIND": "",
            # The checkout comes before what is installed in development.
            "PYTHONPATH": f"{checkout}{os.pathsep}{directory}",
            "PYTHONSAFEPATH": "1",
            "PYTHONPYCACHEPREFIX": f"{directory}/compiled",
        }
        sample = checkout / "otel_sla" / "sample_catalogue.yaml"
        run(LOAD.format(str(sample)), environment)
        yield environment


def run(program: str, environment: dict[str, str]) -> list[float]:
    """Run a program; return the figures on its last line."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def medians(samples: list[list[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*samples, strict=True)]


def idle_table(environment: dict[str, str], rounds: int) -> None:
    print("| | without: CPU s | MiB | with: CPU s | MiB | more CPU s | more MiB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, program in IDLE.items():
        kinds = [f"{name}, without the app", name]
        samples: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
        # The first of each compiles what is not compiled yet.
        for number in range(rounds + 1):
            for kind in kinds:
                found = run(program, {**environment, "KIND": kind})
                if number:
                    samples[kind].append(found)
        without, having = (medians(samples[kind]) for kind in kinds)
        cpu, memory = having[0] - without[0], having[1] - without[1]
        print(
            f"| {name} | {without[0]:.3f} | {without[1]:.1f} | {having[0]:.3f} "
            f"| {having[1]:.1f} | {cpu:.3f} | {memory:.1f} |",
            flush=True,
        )


def server_table(environment: dict[str, str], rounds: int) -> None:
    samples = [run(SERVER, environment) for _ in range(rounds + 1)][1:]
    _, memory, _, ready, first, second = medians(samples)
    print("\n| a server, CPU s | set up | first scrape | both | second scrape | MiB |")
    print("|---|---:|---:|---:|---:|---:|")
    print(
        f"| the sample catalogue | {ready:.3f} | {first:.3f} | {ready + first:.3f} "
        f"| {second:.4f} | {memory:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--checkout", type=Path, default=ROOT)
    options = parser.parse_args()
    with site(options.checkout.resolve()) as environment:
        idle_table(environment, options.rounds)
        server_table(environment, options.rounds)


if __name__ == "__main__":
    main()
