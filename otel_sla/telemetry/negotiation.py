"""Choose the format of a scrape by its Accept headers, as RFC 9110 (12.5) has it.

The answer names the version and the escaping as Prometheus' documents on content
negotiation and escaping schemes say. All names in a body are of letters, digits and
underscores, so the same body has the escapings `underscores` and `allow-utf-8`. By the
documents, `dots` and `values` double underscores, so they are not offered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_TEXT_1 = "text/plain; version=1.0.0; charset=utf-8; escaping="
_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping="


@dataclass(frozen=True, slots=True)
class Format:
    """What a client asked for: the content type, and whether compressed."""

    content_type: str
    gzip: bool

    @property
    def openmetrics(self) -> bool:
        return self.content_type.startswith(_OPENMETRICS)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that describe a body of this format."""
        headers = {"Content-Type": self.content_type, "Vary": "Accept, Accept-Encoding"}
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        return headers


class _Range(NamedTuple):
    """A member of an Accept header: a type or coding, its parameters and weight."""

    name: str
    parameters: Mapping[str, str]
    weight: float

    @property
    def closeness(self) -> tuple[int, int]:
        """How closely it describes what it covers."""
        return -self.name.count("*"), len(self.parameters)

    def covers(self, offer: "_Range") -> bool:
        names = offer.name, offer.name.partition("/")[0] + "/*", "*/*"
        return (
            self.name in names and self.parameters.items() <= offer.parameters.items()
        )


def negotiate(accept: str, accept_encoding: str) -> Format:
    """Return the format that the request's headers ask for.

    It is the one with the highest weight; of several, the one that is described most
    closely, then the one that is named first. Without any it is text 0.0.4, which
    Prometheus asks for as the last resort, rather than an error.
    """
    accepted = [*_ranges(accept)]
    ranks = {kind: _rank(offer, accepted) for kind, offer in _OFFERS.items()}
    best = max(ranks, key=ranks.__getitem__)
    return Format(best, _is_gzip_accepted(accept_encoding))


def _ranges(header: str) -> Iterator[_Range]:
    """Parse a header, without the members that are malformed.

    A comma or semicolon in quotes is taken for a separator, too: no parameter that is
    offered has one.
    """
    for member in header.lower().split(","):
        name, *rest = (part.strip() for part in member.split(";"))
        pairs = (part.partition("=") for part in rest if part)
        parameters = {key: value.strip('"') for key, _, value in pairs}
        try:
            weight = float(parameters.pop("q", "1"))
        except ValueError:
            continue
        if 0 <= weight <= 1:
            yield _Range(name, parameters, weight)


def _rank(offer: _Range, accepted: Sequence[_Range]) -> tuple[float, ...]:
    """Return what offers are sorted by; an empty tuple if it is not accepted.

    The weight is that of the member which describes the offer most closely.
    """
    covering = [
        (*one.closeness, -position, one.weight)
        for position, one in enumerate(accepted)
        if one.covers(offer)
    ]
    *closeness, weight = max(covering, default=(0.0,))
    return (weight, *closeness) if weight else ()


def _is_gzip_accepted(accept_encoding: str) -> bool:
    weights = {one.name: one.weight for one in _ranges(accept_encoding)}
    others = weights.get("*", 0)
    gzip, identity = weights.get("gzip", others), weights.get("identity", others)
    return gzip > 0 and gzip >= identity


_OFFERS = {
    kind: next(_ranges(kind))
    for kind in (
        _TEXT,
        *(_OPENMETRICS + escaping for escaping in ("underscores", "allow-utf-8")),
        *(_TEXT_1 + escaping for escaping in ("underscores", "allow-utf-8")),
    )
}
"""The formats, by content type. Among equals the first one is chosen, and if none is
accepted, the first of all."""
