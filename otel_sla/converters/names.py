"""Names of a catalogue for those of a file: valid, and each for one schedule only."""

from collections.abc import Iterable, Mapping

from ..text import one_line

MAX_LENGTH = 200
_FALLBACK = "schedule"


def valid_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a valid name for each of the names, in their order.

    A name that another has got already, or that is taken, gets a number.
    """
    used = set(taken)
    found = []
    for name in names:
        base = one_line(name)[:MAX_LENGTH].strip() or _FALLBACK
        valid, number = base, 1
        while valid in used:
            number += 1
            ending = f" {number}"
            valid = f"{base[: MAX_LENGTH - len(ending)]}{ending}"
        used.add(valid)
        found.append(valid)
    return found


def by_original(names: Iterable[str], valid: Iterable[str]) -> Mapping[str, str]:
    """Return the valid names by the original ones; of several alike, the first."""
    found: dict[str, str] = {}
    for name, one in zip(names, valid, strict=True):
        found.setdefault(name, one)
    return found
