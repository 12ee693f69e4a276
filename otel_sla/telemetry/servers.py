"""What the server that runs this process tells of the other workers."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from traceback import walk_stack
from typing import Any

from ..fanin import group_of_parent
from ..fanin.totals_files import process_id

NO_THREADS = (
    "uWSGI runs no threads while it waits for requests. Start it with --enable-threads"
)


def are_several() -> bool:
    """Return whether a known process manager runs other workers beside this one.

    Hypercorn and Granian start workers, and uvicorn starts several, by multiprocessing.
    """
    number = _told_by_server()
    if number is None:
        return multiprocessing.parent_process() is not None
    return number != 1


def _told_by_server() -> int | None:
    """Return how many workers gunicorn, uWSGI or mod_wsgi say that there are; 0 if
    they don't say it, None in other servers."""
    if runs_in_gunicorn():
        return _workers_of_gunicorn()
    if (uwsgi := _module("uwsgi", "numproc")) is not None:
        # Mules and spoolers have no number, and answer no request.
        return int(uwsgi.numproc) if uwsgi.worker_id() else 1
    if (mod_wsgi := _module("mod_wsgi", "maximum_processes")) is not None:
        # Apache's own processes, where no daemon's are used, come and go; the number
        # is that of those so far.
        return int(mod_wsgi.maximum_processes) if mod_wsgi.process_group else 0
    return None


def runs_in_gunicorn() -> bool:
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn/")


def group_of_workers() -> str:
    """Name the workers that the same process manager has started."""
    uwsgi = _module("uwsgi", "numproc")
    if uwsgi is None:
        return group_of_parent()
    # Without a master the first worker is the parent of the others.
    first = uwsgi.masterpid() or uwsgi.workers()[0]["pid"]
    return process_id(first) or f"{first}-0"


def interpreter() -> str:
    """Return the name of this interpreter, of which a process of mod_wsgi may have
    several; "" for the main one."""
    module = _module("mod_wsgi", "application_group")
    return str(getattr(module, "application_group", ""))


def runs_threads() -> bool:
    """Return whether threads of Python run while the server waits for a request."""
    return bool(getattr(_module("uwsgi", "numproc"), "has_threads", True))


def call_at_the_end(save: Callable[[], None]) -> None:
    """Have uWSGI call it when this worker ends, after what the site has it call.

    With --skip-atexit-teardown it calls nothing that is registered with atexit.
    """
    uwsgi = _module("uwsgi", "numproc")
    if uwsgi is None:
        return
    of_site = getattr(uwsgi, "atexit", None)

    def end() -> None:
        try:
            if callable(of_site):
                of_site()
        finally:
            save()

    uwsgi.atexit = end


def sign_of_several(environ: Mapping[str, Any]) -> str | None:
    """Return what lets one think that other processes serve the same address, where
    the server does not tell; None if nothing does.

    `environ` is that of a WSGI request; under ASGI it is empty.
    """
    if _told_by_server() is not None:
        return None
    if environ.get("wsgi.multiprocess"):
        return "the server says that it runs several (wsgi.multiprocess)"
    number = os.environ.get("WEB_CONCURRENCY", "")
    if number.isdigit() and int(number) > 1:
        return f"WEB_CONCURRENCY is {number}"
    twin = _twin()
    return f"process {twin} was started likewise by the same parent" if twin else None


def _twin() -> int | None:
    """Return a process with the parent, the command line and the working directory of
    this one, if any: they can't both listen on the same address by themselves."""
    own = _started_as(os.getpid())
    children = Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children")
    with suppress(OSError):
        for pid in map(int, children.read_text("ascii").split()):
            if pid != os.getpid() and own is not None and _started_as(pid) == own:
                return pid
    return None


def _started_as(pid: int) -> tuple[bytes, str] | None:
    """Return command line and working directory; None if they can't be known."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return command, os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def _module(name: str, attribute: str) -> Any:
    """Return the module that a server brings, None if it isn't there.

    A package of the site's own may have that name.
    """
    module = sys.modules.get(name)
    return module if hasattr(module, attribute) else None


def _workers_of_gunicorn() -> int:
    """Return the number in the worker, which is on the stack while it handles a
    request; 0 if it isn't there: workers of other packages have other names."""
    for frame, _ in walk_stack(sys._getframe()):
        worker: Any = frame.f_locals.get("self")
        if type(worker).__module__.startswith("gunicorn.workers."):
            return int(worker.cfg.workers)
    return 0
