"""Components are read from CSV files as spreadsheets write them."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from otel_sla.catalogue import CatalogueError, ComponentEntry, parse_text
from otel_sla.models import Agreement, Component, Override, Schedule

from ..support.make import make_agreement, make_component

GOLD = {"gold", "silver"}


def components(text: str) -> dict[str, ComponentEntry]:
    return dict(parse_text(text, "components.csv", agreements=GOLD).components)


SHOP = {"shop": ComponentEntry("gold", {"team": "payments"}, enabled=False)}


@pytest.mark.parametrize(
    "text",
    [
        "component,agreement,enabled,team\nshop,gold,false,payments\n",
        "component;agreement;enabled;team\nshop;gold;no;payments\n",
        "component\tagreement\tenabled\tteam\nshop\tgold\t0\tpayments",
        "\ufeffcomponent;agreement;enabled;team\r\nshop;gold;FALSE;payments\r\n",
        'Name,Agreement,Enabled,"label:team"\r\n"shop","gold","off","payments"\r\n',
        "team,enabled,agreement,name\npayments,off,gold,shop\n,,,\n\n",
        "component;agreement;enabled;team;\nshop;gold;no;payments;;;\n;;;;\n",
        "component,agreement,enabled,team,tier\nshop,gold,no,payments\n",
        "component,agreement,enabled,a;b;c;team,team\nshop,gold,no,,payments\n",
        # As a spreadsheet's "CSV (Macintosh)" has it.
        "component;agreement;enabled;team\rshop;gold;FALSE;payments\r",
    ],
)
def test_a_table_is_read_whatever_a_spreadsheet_makes_of_it(text: str) -> None:
    assert components(text) == SHOP


def test_every_other_column_is_a_label_and_an_empty_cell_is_none() -> None:
    assert components(
        "component,agreement,label:name,label:enabled,tier,Ort\n"
        'shop,gold,"a, ""b""\nc",,1,Köln\n'
        "desk,silver,,x,,\n"
    ) == {
        "shop": ComponentEntry(
            "gold", {"name": 'a, "b"\nc', "tier": "1", "Ort": "Köln"}
        ),
        "desk": ComponentEntry("silver", {"enabled": "x"}),
    }


HEAD = "component,agreement,enabled,team\n"
FAULTS: dict[str, tuple[str, str]] = {
    "no rows": ("component,agreement\n,\n", "The table has no components below"),
    "nothing": ("", "line 1, component: The column is missing. Name the columns"),
    "no component": ("agreement,team\n", "line 1, component: The column is missing"),
    "no agreement": ("component,team\n", "line 1, agreement: The column is missing"),
    "a column twice": (
        "component,agreement,team,label:team\n",
        "line 1, label:team: Two columns have this heading or its meaning",
    ),
    "two names": ("component,name,agreement\n", "line 1, name: Two columns"),
    "a reserved label": (
        "name,agreement,job\n",
        "line 1, job: The label name 'job' is",
    ),
    "labels that become the same": ("name,agreement,a.b,a_b\n", "both become 'a_b'"),
    "a cell without a heading": (
        "name,agreement\nshop,gold,red\n",
        "line 2, column 3: The column of 'red' has no heading",
    ),
    "no name": (
        HEAD + ",gold,,\n",
        "line 2, component: Use 1 to 200 characters.",
    ),
    "a long name": (HEAD + "x" * 201 + ",gold,,", "Use 1 to 200 characters."),
    "a name with spaces": (
        HEAD + "shop ,gold,,",
        "component: A name must not begin or end with a space",
    ),
    "no agreement in a row": (
        HEAD + "shop,,,\n",
        "line 2, agreement: A value is required: the name of an agreement.",
    ),
    "an unknown agreement": (
        HEAD + '"a\nb",gold,,\n' + "shop,bronze,,\n",
        "line 4, agreement: There is no agreement 'bronze'",
    ),
    "no truth": (
        HEAD + "shop,gold,perhaps,\n",
        "line 2, enabled: Use true or false, not 'perhaps'",
    ),
    "a component twice": (
        HEAD + "shop,gold,,\ndesk,gold,,\nshop,gold,,\n",
        "line 4: Duplicate component 'shop', first given in line 2",
    ),
    "quotes within quotes": (HEAD + '"sh"op,gold,,\n', "line 2: Broken CSV: "),
    "quotes without an end": (HEAD + 'shop,"gold,,\n', "line 2: Broken CSV: "),
    "an endless heading": (
        "x" * 200_000 + ",component\n",
        "line 1, component: The column is missing",
    ),
    "headings without end": (
        "component,agreement," + ",".join(f"l{n}" for n in range(100_000)) + ",l0\n",
        "line 1, l0: Two columns have this heading or its meaning",
    ),
    "an endless line": (HEAD + "x" * 2_000_000, "line 2: The line has more than"),
    "an endless cell": (HEAD + "x" * 200_000 + ",", "line 2: Broken CSV: field larger"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_table_is_refused_by_line_and_column(fault: str) -> None:
    text, message = FAULTS[fault]
    with pytest.raises(CatalogueError) as refused:
        components(text)
    assert str(refused.value).startswith("components.csv, line ")
    assert message in str(refused.value)


def load(text: str, tmp_path: Path, **options: Any) -> str:
    file, out = tmp_path / "components.CSV", io.StringIO()
    file.write_text(text)
    call_command("load_catalogue", str(file), stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_a_table_leaves_overrides_alone_and_prunes_components_only(
    tmp_path: Path,
) -> None:
    shop = make_component("shop", agreement=make_agreement())
    make_component("desk")
    day = {"start": datetime(2026, 1, 1), "end": datetime(2026, 1, 2)}
    Override.objects.create(component=shop, kind="closed", **day)
    text = "component,agreement,team\nshop,gold,payments\n"
    assert "1 updated, 0 deleted" in load(text, tmp_path)
    assert shop.overrides.get().kind == "closed"
    assert "- component desk" in load(text, tmp_path, prune=True)
    assert [one.get_labels() for one in Component.objects.all()] == [
        {"team": "payments"}
    ]
    assert Override.objects.count() == Agreement.objects.count() == 1
    assert Schedule.objects.count() == 1
    assert load(text, tmp_path, check=True).startswith("0 created, 0 updated")


@pytest.mark.django_db
def test_nothing_of_a_faulty_table_is_applied(tmp_path: Path) -> None:
    make_agreement()
    with pytest.raises(CommandError, match=r"no agreement 'x'(.|\n)*Nothing was"):
        load("component,agreement\nshop,gold\ndesk,x\n", tmp_path)
    assert not Component.objects.exists()
