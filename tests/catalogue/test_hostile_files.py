"""Hostile catalogue files are refused within seconds, and not applied."""

from __future__ import annotations

import codecs
import io
import json
import re
import sqlite3
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from otel_sla.catalogue import CatalogueError, parse_file, parse_text
from otel_sla.catalogue.component_spool import Spool
from otel_sla.catalogue.composer import MAX_DEPTH, MAX_LENGTH, MAX_NODES
from otel_sla.catalogue.json_events import json_events
from otel_sla.catalogue.text_source import Source
from otel_sla.models import Component, Override, Schedule

from ..support.make import make_agreement
from .test_files import GOOD

SECONDS = 20
"""Far more than any of it takes, on a busy machine as well."""


def bomb(levels: int, width: int = 9) -> str:
    """Return YAML in which each anchor repeats the one before several times."""
    repeated = (", ".join([f"*a{level}"] * width) for level in range(levels))
    lines = (f"  a{n}: &a{n} [{more}]\n" for n, more in enumerate(repeated, 1))
    return "schedules:\n  a0: &a0 {timezone: UTC}\n" + "".join(lines)


def merge_bomb(levels: int, width: int = 9) -> str:
    repeated = (", ".join([f"*a{level}"] * width) for level in range(levels))
    lines = (f"  a{n}: &a{n} {{<<: [{more}]}}\n" for n, more in enumerate(repeated, 1))
    return "schedules:\n  a0: &a0 {timezone: UTC}\n" + "".join(lines)


def merge_chain(length: int) -> str:
    links = (f"  a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, length))
    return "schedules:\n  a0: &a0 {timezone: UTC}\n" + "".join(links)


NESTED = f"Nested more than {MAX_DEPTH} levels deep"

HOSTILE: dict[str, tuple[str, Callable[[], str], str]] = {
    # what it is: (name of the file, its text, what is said of it)
    "a billion laughs": (
        "c.yaml",
        lambda: bomb(12),
        " keys and values. Use at most 1,0",
    ),
    "a billion laughs by merges": ("c.yaml", lambda: merge_bomb(12), "aliases repeat"),
    "a chain of 100,000 merges": ("c.yaml", lambda: merge_chain(100_000), NESTED),
    "100,000 lists in lists": (
        "c.yaml",
        lambda: "components: " + "[" * 100_000,
        "list",
    ),
    "100,000 lists in an entry": (
        "c.yaml",
        lambda: "components: {a: " + "[" * 100_000,
        NESTED,
    ),
    "100,000 mappings in an entry": (
        "c.yaml",
        lambda: "components: {a: " + "{a: " * 100_000,
        NESTED,
    ),
    "100,000 block sequences": (
        "c.yaml",
        lambda: "components:\n  a: " + "- " * 100_000 + "x",
        "Broken YAML",
    ),
    "100,000 block sequences on lines": (
        "c.yaml",
        lambda: "components:\n  a:\n   " + "- " * 100_000 + "x",
        NESTED,
    ),
    "100,000 lists as a key": (
        "c.yaml",
        lambda: "components: {? " + "[" * 100_000,
        "A key must be a single value",
    ),
    "JSON of 100,000 lists": (
        "c.json",
        lambda: '{"components": {"a": ' + "[" * 100_000,
        NESTED,
    ),
    "an entry that contains itself": (
        "c.yaml",
        lambda: "components: {a: &a {agreement: b, labels: *a}}",
        "*a repeats a mapping or list that it is in",
    ),
    "a section that repeats the whole": (
        "c.yaml",
        lambda: "&all {components: {a: *all}}",
        "*all repeats a mapping or list that it is in, or a whole section",
    ),
    "an alias of nothing": (
        "c.yaml",
        lambda: "components: *none",
        "line 1: The alias *none has no anchor",
    ),
    "an anchor given twice": (
        "c.yaml",
        lambda: "schedules:\n  a: &a {timezone: UTC}\n  b: &a {timezone: UTC}\n",
        "line 3: The anchor &a is defined twice",
    ),
    "a mapping as a key": (
        "c.yaml",
        lambda: "components:\n  a:\n    ? {b: c}\n    : d\n",
        "line 3: A key must be a single value",
    ),
    "a mapping as a key by its alias": (
        "c.yaml",
        lambda: "schedules:\n  a: &a {timezone: UTC}\n  *a : b\n",
        "line 3: A key must be a single value",
    ),
    "a huge value": (
        "c.yaml",
        lambda: f"components:\n  a: {{agreement: {'x' * 30_000_000}}}",
        f"line 2: A value has 30,000,000 characters. Use at most {MAX_LENGTH:,}",
    ),
    "a huge value in JSON": (
        "c.json",
        lambda: '{"components": "' + "x" * 30_000_000,
        "Broken JSON: a value without an end",
    ),
    "an endless component": (
        "c.yaml",
        lambda: f"components:\n  a: [{'1, ' * MAX_NODES}1]",
        f"This entry has more than {MAX_NODES:,} keys and values",
    ),
    "a second document": (
        "c.yaml",
        lambda: "components:\n---\ncomponents:\n",
        "line 2: A second YAML document begins",
    ),
    "a section given twice": (
        "c.yaml",
        lambda: "components:\nschedules:\ncomponents:\n",
        "line 3, components: Duplicate key 'components', first given in line 1",
    ),
    "a section that is a list": (
        "c.yaml",
        lambda: "schedules: []",
        "line 1, schedules: Use a mapping, not a list",
    ),
    "a section that is a word": (
        "c.yaml",
        lambda: "schedules: office",
        "line 1, schedules: Use a mapping, not 'office'",
    ),
    "a control character": (
        "c.yaml",
        lambda: "components:\n  a: {agreement: \x07}",
        "line 2: The control character U+0007 is not allowed. Remove it.",
    ),
    "JSON with a comma too many": (
        "c.json",
        lambda: '{"components": {\n"a": {},\n}}',
        "line 3: Broken JSON: '}' where a name belongs",
    ),
    "JSON with a comment": (
        "c.json",
        lambda: '{\n// all\n"components": {}}',
        "line 2: Broken JSON: '/' begins no value",
    ),
    "JSON with a bad escape": (
        "c.json",
        lambda: '{"components": {"\\x": {}}}',
        "line 1: Broken JSON: Invalid \\escape",
    ),
    "JSON that goes on": ("c.json", lambda: '{"components": {}} {}', "belongs"),
    "JSON without its end": ("c.json", lambda: '{"components": {}', "the end where"),
    "a bidirectional control in a name": (
        "c.yaml",
        lambda: "components:\n  shop\u202egpj: {agreement: gold}\n",
        "A name must be printable text. This one contains U+202E, "
        "RIGHT-TO-LEFT OVERRIDE.",
    ),
    "a name of a megabyte": (
        "c.yaml",
        lambda: f"components:\n  ? {'x' * MAX_LENGTH}\n  : {{agreement: gold}}\n",
        "Use 1 to 200 characters.",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.django_db
def test_a_hostile_file_is_refused_within_seconds(what: str, tmp_path: Path) -> None:
    name, text, message = HOSTILE[what]
    file = tmp_path / name
    file.write_text(text())
    began = time.process_time()
    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", str(file))
    assert time.process_time() - began < SECONDS
    said = str(refused.value)
    assert message in said
    assert said.startswith(str(file))
    assert said.endswith("Nothing was applied.")
    assert len(said) < 5_000
    assert not Schedule.objects.exists()
    assert not Component.objects.exists()


@pytest.mark.django_db
def test_10_000_overrides_of_one_component_are_loaded_in_seconds(
    tmp_path: Path,
) -> None:
    make_agreement()
    lines = [
        f"      - {{from: {2000 + n // 12}-{n % 12 + 1:02}-01T00:00, "
        f"to: {2000 + n // 12}-{n % 12 + 1:02}-02T00:00, kind: closed}}\n"
        for n in range(10_000)
    ]
    file = tmp_path / "catalogue.yaml"
    text = "components:\n  shop:\n    agreement: gold\n    overrides:\n"
    file.write_text(text + "".join(lines))
    began, out = time.process_time(), io.StringIO()
    call_command("load_catalogue", str(file), stdout=out)
    call_command("load_catalogue", str(file), stdout=out)
    assert time.process_time() - began < 2 * SECONDS
    assert Override.objects.count() == 10_000
    assert out.getvalue().splitlines()[-1].startswith("0 created, 0 updated")


@pytest.mark.parametrize(
    "name", ["🛒 shop", "👩‍👩‍👧 crèche", "❤️‍🔥", "متجر الويب", "می‌خواهم", "חנות", "क्‍ष"]
)
def test_emoji_and_right_to_left_names_are_names(name: str) -> None:
    catalogue = parse_text(GOOD.replace("shop:", f'"{name}":'), "catalogue.yaml")
    assert list(catalogue.components) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "s\u200dhop",
        "\u200dshop",
        "日\u200c\u200c本",
        "\u200d日本",
        "日本\u200c",
        "\u200d",
    ],
)
def test_a_joiner_that_nobody_can_see_is_refused(name: str) -> None:
    with pytest.raises(CatalogueError, match="A name must "):
        parse_text(GOOD.replace("shop:", f'"{name}":'), "catalogue.yaml")


def test_what_would_make_the_terminal_do_something_is_escaped_in_an_error() -> None:
    with pytest.raises(CatalogueError) as refused:
        parse_text(GOOD.replace("shop:", r'"a\e[2Jb":'), "cata\x1blogue.yaml")
    assert str(refused.value).startswith(r"cata\x1blogue.yaml, line ")
    assert r"components.a\x1b[2Jb: A name must be" in str(refused.value)


def test_up_to_ten_faults_are_named_at_once_in_the_order_of_the_file() -> None:
    components = "".join(f"  c{n}: {{agreement: none-{n}}}\n" for n in range(4))
    text = GOOD.replace("mon-fri", "mon-fry").replace("99.9", "100.1") + components
    with pytest.raises(CatalogueError) as refused:
        parse_text(text, "catalogue.yaml")
    lines = [line.split(": ")[0] for line in str(refused.value).splitlines()]
    assert lines == [
        "catalogue.yaml, line 6, schedules.office.rules[0].days",
        "catalogue.yaml, line 10, agreements.gold.target",
        *(
            f"catalogue.yaml, line {15 + n}, components.c{n}.agreement"
            for n in range(4)
        ),
    ]
    assert (refused.value.line, refused.value.file) == (6, "catalogue.yaml")
    more = "".join(f"  d{n}: {{agreement: gold, x: y}}\n" for n in range(500))
    with pytest.raises(CatalogueError) as refused:
        parse_text(text + more, "catalogue.yaml")
    assert len(str(refused.value).splitlines()) == 11
    assert str(refused.value).endswith("the first 10 faults; there may be more.")


def test_a_fault_that_ends_reading_is_named_with_those_before_it() -> None:
    text = GOOD.replace("mon-fri", "mon-fry") + "  broken: ["
    with pytest.raises(CatalogueError) as refused:
        parse_text(text, "catalogue.yaml")
    first, second = str(refused.value).splitlines()
    assert "is not a valid list of weekdays" in first
    assert "Broken YAML" in second


def test_sections_may_come_in_any_order() -> None:
    schedules, rest = GOOD.split("agreements:")
    agreements, components = rest.split("components:")
    text = f"components:{components}agreements:{agreements}{schedules}"
    assert parse_text(text, "c.yaml") == parse_text(GOOD, "c.yaml")


def test_a_section_s_own_entries_win_over_those_it_merges() -> None:
    text = GOOD + (
        "  <<: {shop: {agreement: gold, enabled: false}, desk: {agreement: gold}}\n"
    )
    components = parse_text(text, "catalogue.yaml").components
    assert list(components) == ["shop", "desk"]
    assert components["shop"].enabled
    merged = "<<: {components: {desk: {agreement: gold}}, agreements: {}}\n"
    everything = parse_text(GOOD.split("components:")[0] + merged, "catalogue.yaml")
    assert list(everything.components) == ["desk"]
    assert list(everything.agreements) == ["gold"]


def test_a_quoted_merge_key_is_a_key() -> None:
    with pytest.raises(CatalogueError, match="Unknown key '<<'"):
        parse_text(GOOD + '    "<<": {enabled: false}\n', "catalogue.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"PK\x03\x04\x14\x00\x06",
            "The file is a workbook or an archive, not text. Save",
        ),
        (codecs.BOM_UTF16_LE + "a".encode("utf-16-le"), "line 1: The file is UTF-16"),
        ("a\nü".encode("cp1252"), "line 2: Byte 0xFC is not UTF-8, but of another"),
        (
            b"name,agreement\n" + b",\n" * 50_000 + b"\xc3",
            "line 50002: Byte 0xC3 is not UTF-8",
        ),
    ],
)
@pytest.mark.django_db
def test_another_encoding_is_refused_by_name(
    content: bytes, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "catalogue.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("load_catalogue", str(file))
    assert message in str(refused.value)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def plain(events: Iterator[object]) -> object:
    """Return the value that the events describe."""
    event = next(events)
    name = type(event).__name__
    if name == "ScalarEvent":
        tag, value = event.tag.rsplit(":")[-1], event.value  # type: ignore[attr-defined]
        return value if tag == "str" else json.loads(value)
    if name == "SequenceStartEvent":
        items: list[object] = []
        while True:
            item = plain(events)
            if item is END:
                return items
            items.append(item)
    if name == "MappingStartEvent":
        pairs: dict[object, object] = {}
        while (key := plain(events)) is not END:
            pairs[key] = plain(events)
        return pairs
    return END


END = object()


@given(values, st.sampled_from([None, 1, "\t"]), st.booleans(), st.integers(1, 9))
def test_json_is_read_as_it_is_written_wherever_its_blocks_end(
    value: object, indent: int | str | None, ascii_only: bool, size: int
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return
    if re.search("[\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]", text):
        return
    blocks = [content[at : at + size] for at in range(0, len(content), size)]
    assert plain(iter(json_events(Source(blocks, "c.json")))) == value


def test_a_full_disk_is_said_to_be_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def small() -> Iterator[Spool]:
        with closing(sqlite3.connect("")) as database:
            components = Spool(database)
            database.execute("PRAGMA max_page_count = 5")
            yield components

    monkeypatch.setattr("otel_sla.catalogue.load.spool", small)
    file = tmp_path / "components.yaml"
    file.write_text(f"{GOOD}{components(1_000)}")
    with pytest.raises(
        CatalogueError, match=r"temporary file while the catalogue is read: .*full"
    ):
        parse_file(file)


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peak(1, tmp_path)  # what is loaded and kept the first time
    few, many = peak(2_000, tmp_path), peak(6_000, tmp_path)
    assert many - few < 500_000  # 4,000 components in memory take 2 MB


def peak(number: int, directory: Path) -> int:
    """Return the most bytes that Python holds while it loads so many components."""
    file = directory / "components.yaml"
    file.write_text(f"{GOOD}{components(number)}")
    tracemalloc.start()
    try:
        call_command("load_catalogue", str(file), stdout=io.StringIO())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def components(number: int) -> str:
    return "".join(
        f"  component-{n}:\n    agreement: gold\n    labels: {{team: team-{n}, a: b}}\n"
        for n in range(number)
    )
