"""A client of Prometheus' HTTP API: deadlines, few retries, and no secret in a text."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from email.utils import parsedate_to_datetime
from threading import Thread
from typing import TYPE_CHECKING, Any

from ..database.deadline import Deadline
from ..prometheus.setting import PrometheusSetting
from ..text import one_line
from .credentials import Credentials, read_credentials
from .note_messages import note
from .prometheus_answers import (
    Answer,
    Passing,
    Series,
    TooMuch,
    data_of,
    label_sets_of,
    range_of,
    series_of,
)
from .source import NotMeasured

if TYPE_CHECKING:
    from requests import PreparedRequest, Session

PAUSES = (0.3, 1.0)
"""Seconds before the second attempt and before the third, which is the last."""

MOST_BYTES = 16_000_000
"""The largest answer, uncompressed. Parsed it takes about ten times the memory."""

CLOCKS_APART = 60
"""Seconds by which the clock of the server may differ."""

_CHUNK = 2_048
"""Small, so that a thread ends soon whose caller has given up on a slow server."""
_SHORTEST = 0.05


class Client:
    """Asks one server. Threads may share it; each attempt has a connection of its own,
    which is kept for later ones."""

    def __init__(self, setting: PrometheusSetting) -> None:
        """Take the setting. Raises NotMeasured where the package is missing."""
        try:
            import requests  # noqa: F401
        except ImportError as error:
            raise NotMeasured("requests_missing_for_reports", reason=error) from error
        self._setting, self.server = setting, setting.server
        self._idle: list[tuple[int, Session]] = []
        self._apart: str | None = None

    @property
    def notes(self) -> list[str]:
        """Warnings about the latest answer, in sentences."""
        return [self._apart] if self._apart else []

    def at(self, query: str, moment: float) -> list[Series]:
        """Return what a query finds at a moment in Unix seconds: a sample a series, or
        those of a range. Raises NotMeasured, or TooMuch."""
        asked = {"query": query, "time": f"{moment:.3f}"}
        return series_of(self._ask("query", asked), self.server)

    def between(self, query: str, start: int, end: int, step: int) -> list[Series]:
        """Return what a query finds every `step` seconds from start to end, both
        included. Raises NotMeasured, or TooMuch."""
        asked = {"query": query, "start": start, "end": end, "step": step}
        data = self._ask("query_range", {name: str(one) for name, one in asked.items()})
        return range_of(data, self.server, start, end)

    def label_sets(self, selector: str, start: int, end: int) -> list[dict[str, str]]:
        """Return the labels of the series with samples from start to end, or shortly
        before or after. Raises NotMeasured, or TooMuch."""
        asked = {"match[]": selector, "start": str(start), "end": str(end)}
        return label_sets_of(self._ask("series", asked), self.server)

    def _ask(self, path: str, parameters: Mapping[str, str]) -> Any:
        """Return the data of the answer within the timeout, whatever it takes."""
        url = f"{self._setting.url}/api/v1/{path}"
        credentials = read_credentials(self._setting)
        deadline = Deadline(self._setting.timeout)
        for pause in (*PAUSES, None):
            try:
                answer = self._attempt(url, parameters, credentials, deadline)
                return data_of(answer, self.server, url)
            except NotMeasured as error:
                may_pass = isinstance(error, Passing)
                if not may_pass or pause is None or deadline.left() <= pause:
                    raise _without_secrets(error, credentials) from None
            time.sleep(pause)
        raise AssertionError

    def _attempt(
        self,
        url: str,
        parameters: Mapping[str, str],
        credentials: Credentials,
        deadline: Deadline,
    ) -> Answer:
        """Return an answer of whatever kind. Raises Passing, TooMuch or NotMeasured."""
        future: Future[Answer] = Future()
        session = self._session()

        def run() -> None:
            try:
                future.set_result(
                    self._fetch(session, url, parameters, credentials, deadline)
                )
            except BaseException as error:
                future.set_exception(error)

        # On a thread of its own: of what comes byte by byte, no timeout ends the whole.
        Thread(target=run, name="otel_sla query", daemon=True).start()
        wait([future], max(deadline.left(), _SHORTEST))
        if not future.done():
            raise self._too_slow()
        try:
            answer = future.result()
        except NotMeasured:
            session.close()
            raise
        except Exception as error:
            session.close()
            raise self._failure(error) from None
        self._idle.append((os.getpid(), session))
        return answer

    def _fetch(
        self,
        session: Session,
        url: str,
        parameters: Mapping[str, str],
        credentials: Credentials,
        deadline: Deadline,
    ) -> Answer:
        with session.post(
            url,
            data=parameters,
            headers=dict(self._setting.headers),
            auth=_Authorization(credentials.header),
            stream=True,
            allow_redirects=False,
            timeout=max(deadline.left(), _SHORTEST),
        ) as answer:
            self._compare_clocks(answer.headers.get("Date"))
            body = bytearray()
            for chunk in answer.iter_content(_CHUNK):
                body += chunk
                if len(body) > MOST_BYTES:
                    most = MOST_BYTES // 1_000_000
                    raise TooMuch("answer_too_large", server=self.server, most=most)
                if deadline.left() < 0:
                    # The caller has given up: end the thread, too.
                    raise self._too_slow()
            reason = answer.reason or ""
            return Answer(answer.status_code, reason, answer.headers, bytes(body))

    def _session(self) -> Session:
        """Return a session that no other thread uses, if possible one with a connection
        that is open. A forked process must not share its parent's."""
        while self._idle:
            pid, session = self._idle.pop()
            if pid == os.getpid():
                return session
        from requests import Session

        session = Session()
        session.headers.update({"Accept": "application/json", "User-Agent": "otel_sla"})
        return session

    def _compare_clocks(self, date: str | None) -> None:
        try:
            theirs = parsedate_to_datetime(date or "").timestamp()
        except (TypeError, ValueError, OverflowError):
            return
        difference = round(theirs - time.time())
        self._apart = None
        if abs(difference) > CLOCKS_APART:
            about = "clock_ahead" if difference > 0 else "clock_behind"
            apart = f"{abs(difference):,} s"
            self._apart = note(about, server=self.server, length=apart)

    def _too_slow(self) -> NotMeasured:
        most = f"{self._setting.timeout:g}"
        return NotMeasured("prometheus_too_slow", server=self.server, most=most)

    def _failure(self, error: Exception) -> NotMeasured:
        """Return what an error of the connection means."""
        from requests import ConnectionError, Timeout
        from requests.exceptions import ChunkedEncodingError, SSLError

        if isinstance(error, Timeout) or "timed out" in str(error):
            return self._too_slow()
        reason = _why(error)
        passes = isinstance(error, ConnectionError | ChunkedEncodingError)
        if passes and not isinstance(error, SSLError):
            return Passing("prometheus_unreachable", server=self.server, reason=reason)
        return NotMeasured("prometheus_unreachable", server=self.server, reason=reason)


class _Authorization:
    """Set the header. With an `auth`, requests does not look for one in ~/.netrc."""

    def __init__(self, header: str) -> None:
        self._header = header

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request


def _without_secrets(error: NotMeasured, credentials: Credentials) -> NotMeasured:
    params = {
        name: credentials.hidden_in(one) if type(one) is str else one
        for name, one in error.params.items()
    }
    return type(error)(error.code, **params)


def _why(error: Exception) -> str:
    """Say what went wrong, without the address, which requests puts into its errors."""
    outer = next(iter(error.args), None)
    cause = getattr(outer, "reason", None) or next(
        (one for one in getattr(outer, "args", ()) if isinstance(one, Exception)), ""
    )
    return one_line(str(cause).rpartition(": ")[2]) or type(error).__name__
