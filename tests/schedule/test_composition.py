"""Schedules and calendars made of each other."""

from __future__ import annotations

from typing import Any

import pytest

from otel_sla.schedule import InvalidDefinition
from otel_sla.schedule.composition import MAX_DEPTH, Composition, Parts
from otel_sla.schedule.errors import ScheduleError

made: list[str] = []


def composition(links: dict[str, str]) -> Composition[str]:
    """What each is made of, as letters: the whole of `a: bc` is `a(b,c)`."""
    made.clear()

    def parts(name: str, of: str) -> Parts[str]:
        def make(includes: list[str]) -> str:
            made.append(name)
            return f"{name}({','.join(includes)})" if includes else name

        return Parts(name, {"includes": tuple(of)}, make)

    return Composition("schedule", {key: parts(key, of) for key, of in links.items()})


def refusal(links: dict[str, str], key: str) -> str:
    with pytest.raises(InvalidDefinition) as caught:
        composition(links).at(key)
    return str(caught.value)


def test_what_several_are_made_of_is_made_once() -> None:
    subject = composition({"a": "bc", "b": "d", "c": "d", "d": ""})
    assert subject.at("a") == "a(b(d),c(d))"
    assert subject.all("bd", "includes") == ["b(d)", "d"]
    assert made == ["d", "b", "c", "a"]


def test_what_was_made_before_is_not_made_again() -> None:
    before = composition({"a": "b", "b": ""})
    before.at("b")
    after = composition({"a": "b", "b": ""})
    after.keep(before, "ab")
    assert after.at("a") == "a(b)"
    assert made == ["a"]


def test_a_circle_costs_those_in_it_and_those_made_of_it() -> None:
    links = {"a": "b", "b": "c", "c": "b", "d": "e", "e": "", "f": "f"}
    path = "includes: The schedules are made of each other: b -> c -> b. Take one "
    assert refusal(links, "a").startswith(path)
    assert refusal(links, "b").startswith(path)
    assert "c -> b -> c" in refusal(links, "c")
    assert "f -> f" in refusal(links, "f")
    assert composition(links).at("d") == "d(e)"


def test_what_is_not_there_is_refused() -> None:
    assert refusal({"a": "b"}, "a") == (
        "includes: There is no schedule 'b'. Use one that exists."
    )
    with pytest.raises(InvalidDefinition, match="holidays: There is no schedule 'x'"):
        composition({}).all("x", "holidays")


def broken(**_: Any) -> str:
    raise ScheduleError("unknown_zone", name="Moon")


def test_a_broken_part_is_named_however_deep_it_is() -> None:
    subject = composition({"a": "b", "b": "c"})
    subject._parts["c"] = Parts("c", {}, broken)  # type: ignore[index]
    with pytest.raises(InvalidDefinition) as caught:
        subject.at("a")
    assert str(caught.value) == (
        "includes: The schedule 'c' can't be evaluated. 'Moon' is not an IANA time "
        "zone. Use for example Europe/London or UTC."
    )


def chain(length: int) -> dict[str, str]:
    names = [chr(0x100 + number) for number in range(length)]
    return dict(zip(names, [*names[1:], ""], strict=True))


def test_levels_are_limited_from_the_top_and_from_the_bottom() -> None:
    links = chain(MAX_DEPTH + 1)
    top, *rest = links
    assert composition(links).at(rest[0])
    assert "More than 20 levels of schedules" in refusal(links, top)
    subject = composition(links)
    for key in reversed(rest):
        subject.at(key)
    with pytest.raises(InvalidDefinition, match="More than 20 levels"):
        subject.at(top)
