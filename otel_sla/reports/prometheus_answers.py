"""Answers of Prometheus' HTTP API: what they hold, or what is wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from ..language import Sentence
from ..language import gettext_noop as _
from ..text import one_line
from .source import NotMeasured

Samples = list[tuple[int, str]]
"""Moments in milliseconds since the epoch, and values as Prometheus writes them."""

_SHOWN = 200
_PASSING = (429, 502, 503, 504)
_TOO_MUCH = re.compile(
    "too many|too large|exceed|more than|cannot select|max-samples|violated|timed out",
    re.IGNORECASE,
)


class Passing(NotMeasured):
    """A failure that may be over at the next attempt."""


class TooMuch(NotMeasured):
    """A query that exceeds a limit of the server: ask for less."""


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class Series(NamedTuple):
    """The labels of a series and its samples."""

    labels: dict[str, str]
    samples: Samples

    @property
    def component(self) -> str:
        """The component that the series is about; "" for none."""
        return self.labels.get("component", "")

    @property
    def key(self) -> frozenset[tuple[str, str]]:
        """The labels that tell it from the other series of a query."""
        return frozenset(pair for pair in self.labels.items() if pair[0] != "__name__")


def data_of(answer: Answer, server: str, url: str) -> Any:
    """Return the data of an answer. Raises NotMeasured, Passing or TooMuch."""
    status, said = answer.status, _said(answer)
    if status in (301, 302, 303, 307, 308):
        to = _place(urljoin(url, answer.headers.get("Location", "")))
        raise NotMeasured("prometheus_redirects", server=server, to=to)
    if status in (401, 403, 407):
        raise NotMeasured("prometheus_access_refused", server=server, said=said)
    content = _json(answer)
    if isinstance(content, dict) and content.get("status") == "error":
        _raise_refusal(content, status, server)
    if status != 200:
        _raise_status(status, said, server)
    if content is None:
        raise NotMeasured("prometheus_not_json", server=server, kind=_kind(answer))
    if not isinstance(content, dict) or content.get("status") != "success":
        raise _unexpected(server, _("it has no status"))
    if content.get("isPartial") or content.get("warnings"):
        said = _warned(content.get("warnings")) or "isPartial"
        raise NotMeasured("prometheus_partial", server=server, said=said)
    return content.get("data")


def _raise_refusal(content: dict[str, Any], status: int, server: str) -> None:
    """Raise what an error of the API itself means."""
    said = _short(str(content.get("error")))
    kind = content.get("errorType")
    if kind == "timeout" or (status in (400, 422) and _TOO_MUCH.search(said)):
        raise TooMuch("query_too_heavy", server=server, said=said)
    if status in _PASSING:
        raise Passing("prometheus_unavailable", server=server, said=said)
    raise NotMeasured("prometheus_refused", server=server, said=said)


def _raise_status(status: int, said: str, server: str) -> None:
    """Raise what a status means that is not of the API itself, but of a proxy."""
    if status in (404, 405):
        raise NotMeasured("prometheus_api_missing", server=server, said=said)
    if status == 413:
        raise TooMuch("query_too_heavy", server=server, said=said)
    if status in _PASSING:
        raise Passing("prometheus_unavailable", server=server, said=said)
    raise NotMeasured("prometheus_refused", server=server, said=said)


def series_of(data: Any, server: str) -> list[Series]:
    """Return the series of a query's data: an instant one's or a range's.

    Raises NotMeasured where it is not as documented.
    """
    kind = data.get("resultType") if isinstance(data, dict) else None
    if kind not in ("vector", "matrix"):
        raise _unexpected(server, _("the result is neither a vector nor a matrix"))
    result = data.get("result")
    if not isinstance(result, list):
        raise _unexpected(server, _("the result is not a list"))
    try:
        return [_series(one, kind) for one in result]
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise _unexpected(server, _("a series has no labels or no samples")) from None


def range_of(data: Any, server: str, start: int, end: int) -> list[Series]:
    """Return the series of a range query's data, from start to end in Unix seconds.

    Raises NotMeasured where it is not as documented.
    """
    found = series_of(data, server)
    samples = [sample for one in found for sample in one.samples]
    if any(not start * 1000 <= moment <= end * 1000 for moment, _ in samples):
        raise _unexpected(server, _("a sample is of another time than was asked for"))
    return found


def label_sets_of(data: Any, server: str) -> list[dict[str, str]]:
    """Return the labels of the series that were searched for. Raises NotMeasured."""
    if not isinstance(data, list) or not all(map(_are_labels, data)):
        raise _unexpected(server, _("the result is not a list of labels"))
    return data


def _series(one: Any, kind: str) -> Series:
    if not _are_labels(one["metric"]):
        raise TypeError
    found = [one["value"]] if kind == "vector" else one["values"]
    return Series(one["metric"], [_sample(*sample) for sample in found])


def _sample(moment: float, value: str) -> tuple[int, str]:
    if not isinstance(value, str) or not isfinite(moment):
        raise TypeError
    return round(moment * 1000), value


def _are_labels(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(value, str) for value in given.values()
    )


def _unexpected(server: str, reason: str) -> NotMeasured:
    return NotMeasured(
        "prometheus_unexpected", server=server, reason=Sentence(reason, {})
    )


def _json(answer: Answer) -> Any:
    """Return the content of the body; None if it is not JSON."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _kind(answer: Answer) -> str:
    """Say what the body is, if it is not JSON."""
    named = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if named == "text/html" or answer.body.lstrip()[:1] == b"<":
        return Sentence(_("a page of HTML"), {})
    something = Sentence(_("something"), {})
    return _short(named) if named and named != "application/json" else something


def _said(answer: Answer) -> str:
    """Say what a server answered, in one line."""
    return _short(f"{answer.status} {answer.reason}")


def _warned(warnings: Any) -> str:
    if isinstance(warnings, Sequence) and warnings:
        return _short(str(warnings[0]))
    return _short(str(warnings)) if warnings else ""


def _short(text: str) -> str:
    line = one_line(text[: 4 * _SHOWN])
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _place(url: str) -> str:
    """Return the URL without its user and its query, which may be secret."""
    try:
        parts = urlsplit(url)
        server = parts.netloc.rpartition("@")[2]
    except ValueError:
        return Sentence(_("elsewhere"), {})
    return _short(parts._replace(netloc=server, query="", fragment="").geturl())
