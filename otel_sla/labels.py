"""Validate and format labels of components, so that none can break a scrape. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from reprlib import repr as shortened

from .language import figure
from .messages import CodedError
from .text import is_text

MAX_LABELS = 64
MAX_NAME = 200
MAX_VALUE = 1_024
"""Characters. Every series of a component has all of its labels, at every scrape."""

COMPONENT = "component"
"""The label with the component's name. Reserved: no other label may have this name."""

RESERVED = frozenset({"job", "instance", "le", "quantile"})
RESERVED_PREFIXES = ("__", "otel_scope_", "otel.scope")

_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9]+")
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class InvalidLabels(CodedError):
    """Labels that Prometheus or OpenTelemetry would refuse or change."""

    @property
    def name(self) -> str | None:
        """The label at fault, None where it is the labels as a whole."""
        return self.params.get("name")


def prometheus_name(name: str) -> str:
    """Return the label name as the Prometheus exporter of OpenTelemetry writes it.

    A leading digit becomes an underscore, as does every run of characters other
    than ASCII letters and digits (OpenTelemetry specification, Prometheus and
    OpenMetrics compatibility, metric attributes).
    """
    if name[:1].isdigit():
        name = "_" + name[1:]
    return _NOT_IN_A_NAME.sub("_", name)


def check_labels(labels: object) -> None:
    """Refuse labels that can't be exposed. Raises InvalidLabels."""
    exposed(labels)


def exposed(labels: object, key: str = COMPONENT) -> dict[str, str]:
    """Return the labels by the names they have in Prometheus. Raises InvalidLabels.

    `key` is the reserved label that identifies a row.
    """
    if not isinstance(labels, Mapping):
        raise InvalidLabels("labels_not_a_mapping", value=shortened(labels))
    if len(labels) > MAX_LABELS:
        raise InvalidLabels(
            "too_many_labels", count=figure(len(labels)), most=MAX_LABELS
        )
    found: dict[str, str] = {}
    for name, value in labels.items():
        shown = _exposed_name(name, key)
        if shown in found:
            clash = next(one for one in labels if prometheus_name(one) == shown)
            raise InvalidLabels("clashing_labels", name=name, other=clash, shown=shown)
        _check_value(name, value)
        found[shown] = value
    return found


def presentable(labels: object) -> dict[str, str]:
    """Return the labels whose values are strings. They may not have been validated."""
    pairs = labels.items() if isinstance(labels, Mapping) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}


def parse_pair(text: str) -> str:
    """Return the text if it is a label and its value, such as `team:payments`.

    Raises InvalidLabels.
    """
    # A label's name is not empty, and may hold a colon itself.
    if ":" not in text[1:]:
        raise InvalidLabels("not_a_label", text=text)
    return text


def alternatives(pairs: Iterable[str]) -> list[frozenset[str]]:
    """Group pairs by label name. Of each group, any one pair has to match.

    In a name with a colon, the part before the first one counts as the name.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        found[pair[0] + pair[1:].partition(":")[0]].add(pair)
    return list(map(frozenset, found.values()))


def has(labels: Mapping[str, str], asked: Iterable[frozenset[str]]) -> bool:
    """Return whether the labels have a pair of each of the groups."""
    own = {f"{name}:{value}" for name, value in labels.items()}
    return not any(map(own.isdisjoint, asked))


def series(labels: Mapping[str, str]) -> bytes:
    """Return labels as both Prometheus formats write them, without the braces.

    Labels with an empty value are left out: to Prometheus they are the same.
    """
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels.items() if value]
    return ",".join(pairs).encode()


def _escaped(value: str) -> str:
    if '"' in value or "\\" in value or "\n" in value:
        return value.translate(_ESCAPES)
    return value


@lru_cache(maxsize=4_096)
def _exposed_name(name: object, key: str) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidLabels("label_name_not_text", value=name)
    if len(name) > MAX_NAME:
        raise InvalidLabels(
            "label_name_too_long",
            name=name,
            short=shortened(name),
            length=figure(len(name)),
            most=MAX_NAME,
        )
    if not is_text(name):
        raise InvalidLabels("label_name_not_encodable", name=name)
    shown = prometheus_name(name)
    for form in (name, shown):
        if form == key or form in RESERVED or form.startswith(RESERVED_PREFIXES):
            taken = ", ".join(filter(None, (key, "job", "instance", "le")))
            raise InvalidLabels("label_name_reserved", name=name, taken=taken)
    return shown


def _check_value(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidLabels("label_value_not_text", name=name, value=shortened(value))
    if len(value) > MAX_VALUE:
        raise InvalidLabels(
            "label_value_too_long",
            name=name,
            length=figure(len(value)),
            most=figure(MAX_VALUE),
        )
    if not is_text(value):
        raise InvalidLabels("label_value_not_encodable", name=name)
