"""The words in which the rows say what a panel shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
MIN_STEP = "1m"
"""The rules' interval: between two evaluations there is nothing to see."""

Row = tuple[Builder[models.Panel], ...]
Texts = dict[int, tuple[str, str]]
"""What a value means: its text and, besides, a colour."""

Panel = TypeVar(
    "Panel",
    bargauge.Panel,
    stat.Panel,
    statetimeline.Panel,
    table.Panel,
    timeseries.Panel,
)


@dataclass(frozen=True)
class Column:
    """A column of a table of components; `empty` is what a cell without value says."""

    title: str
    expression: str
    unit: str
    empty: str = "none"
    texts: Texts | None = None

    @property
    def ref(self) -> str:
        return self.title.lower().replace(" ", "_")


def query(expression: str, legend: str, ref: str = "A") -> prometheus.Dataquery:
    """A query over the dashboard's time range."""
    asked = prometheus.Dataquery().expr(expression).legend_format(legend)
    return asked.ref_id(ref).interval(MIN_STEP).range().datasource(SOURCE)


def now(expression: str, legend: str, ref: str = "A") -> prometheus.Dataquery:
    """A query at the end of the dashboard's time range."""
    return query(expression, legend, ref).instant()


def numbers(*targets: prometheus.Dataquery) -> stat.Panel:
    """Numbers, each with its name."""
    panel = (
        stat.Panel().reduce_options(_last()).color_mode(kinds.BigValueColorMode.NONE)
    )
    panel.graph_mode(kinds.BigValueGraphMode.NONE).targets(list(targets))
    return panel.text_mode(kinds.BigValueTextMode.VALUE_AND_NAME).height(4)


def bars(target: prometheus.Dataquery, *steps: tuple[float, str]) -> bargauge.Panel:
    """A bar from 0 to 1 for each component, coloured from each step on."""
    panel = bargauge.Panel().targets([target]).reduce_options(_last()).min(0).max(1)
    panel.orientation(kinds.VizOrientation.HORIZONTAL).thresholds(_steps(steps))
    panel.value_mode(kinds.BarGaugeValueMode.COLOR).decimals(2)
    return panel.display_mode(kinds.BarGaugeDisplayMode.BASIC).height(8)


def states(target: prometheus.Dataquery, texts: Texts) -> statetimeline.Panel:
    """A strip for each series, with the text of its state written on it."""
    panel = statetimeline.Panel().targets([target]).mappings(_mappings(texts))
    panel.show_value(kinds.VisibilityMode.AUTO).merge_values(True).row_height(0.8)
    panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED))
    panel.line_width(0).fill_opacity(70)
    return panel.legend(_legend()).height(10)


def lines(*targets: prometheus.Dataquery) -> timeseries.Panel:
    """Lines that are broken off where there is nothing."""
    panel = timeseries.Panel().targets(list(targets)).span_nulls(False)
    panel.line_interpolation(kinds.LineInterpolation.STEP_AFTER).fill_opacity(0)
    panel.tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI))
    return panel.legend(_legend()).height(8)


def components(*columns: Column) -> table.Panel:
    """A table with a row for each component, sorted by name."""
    panel = table.Panel().filterable(True).height(8).show_header(True)
    for column in columns:
        asked = now(column.expression, column.title, column.ref)
        panel.with_target(asked.format(PromQueryFormat.TABLE))
        panel.override_by_name(column.title, _cells(column))
    names = {f"Value #{column.ref}": column.title for column in columns}
    panel.transformations(
        [
            _transform("joinByField", byField="component", mode="outer"),
            *selected({"component": "Component", **names}),
        ]
    )
    return panel.sort_by([common.TableSortByFieldState().display_name("Component")])


def selected(names: dict[str, str]) -> list[models.DataTransformerConfig]:
    """Keep these columns, in this order, by other names."""
    order = {name: index for index, name in enumerate(names)}
    return [
        _transform("filterFieldsByName", include={"names": list(names)}),
        _transform("organize", excludeByName={}, indexByName=order, renameByName=names),
    ]


def described(
    panel: Panel, title: str, description: str, unit: str, no_data: str
) -> Panel:
    """Give a panel what each must have."""
    panel.title(title).description(description).datasource(SOURCE)
    return panel.unit(unit).no_value(no_data)


def _cells(column: Column) -> list[models.DynamicConfigValue]:
    settings = [
        models.DynamicConfigValue(id_val="unit", value=column.unit),
        models.DynamicConfigValue(id_val="noValue", value=column.empty),
    ]
    if column.unit == "percentunit":
        settings.append(models.DynamicConfigValue("decimals", 3))
    if column.texts:
        settings += [
            models.DynamicConfigValue("mappings", _mappings(column.texts)),
            models.DynamicConfigValue(
                "custom.cellOptions", {"type": "color-background", "mode": "basic"}
            ),
        ]
    return settings


def _mappings(texts: Texts) -> list[models.ValueMapping]:
    """Only a state with a meaning has a colour, never a colour without a text."""
    options = {
        str(value): models.ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(texts.items())
    }
    return [models.ValueMap(options)]


def _steps(steps: tuple[tuple[float, str], ...]) -> dashboard.ThresholdsConfig:
    (_, first), *others = steps
    marks = [models.Threshold(None, first)]
    marks += [models.Threshold(value, colour) for value, colour in others]
    return (
        dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(marks)
    )


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(kinds.LegendDisplayMode.LIST)
    return legend.placement(kinds.LegendPlacement.BOTTOM).show_legend(True)


def _transform(name: str, **options: object) -> models.DataTransformerConfig:
    return models.DataTransformerConfig(id_val=name, options=options)
