"""What every panel of ours has: a title, a sentence, a unit, its queries, and what it says while it is empty.

A description that holds a sentence beginning with "Empty" says when the panel has no data although all is well; a
person reads it in the panel, and `stackctl verify` in the file. A panel without one must have data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as builder
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.models import common, dashboard

COLUMNS = 24
STEPS = {"good": "green", "warn": "orange", "bad": "red"}


@dataclass(frozen=True)
class Query:
    """A PromQL expression and the legend of its series."""

    expr: str
    legend: str
    exemplars: bool = False


@dataclass(frozen=True)
class Panel:
    """One panel. `limits` are (value, colour) steps above a green one; `words` replace values by words."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: Literal["graph", "stat"] = "graph"
    width: int = 8
    height: int = 7
    limits: tuple[tuple[float, str], ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    empty: str = "no data yet"
    low: float | None = 0.0


@dataclass(frozen=True)
class Board:
    """One dashboard with a fixed uid: links, alerts and backups name it."""

    uid: str
    title: str
    description: str
    panels: tuple[Panel, ...] = field(default_factory=tuple)
    tags: tuple[str, ...] = ("core",)

    def build(self) -> dashboard.Dashboard:
        """Give the model; panels stand in rows, left to right, and are numbered from 1."""
        made = (
            builder.Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags(list(self.tags))
            .readonly()
            .timezone("browser")
            .time("now-15m", "now")
            .refresh("10s")
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        )
        x = y = tallest = 0
        for number, panel in enumerate(self.panels, 1):
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            place = dashboard.GridPos(h=panel.height, w=panel.width, x=x, y=y)
            made = made.with_panel(_panel(panel, number, place))
            x, tallest = x + panel.width, max(tallest, panel.height)
        return made.build()


def _panel(panel: Panel, number: int, place: dashboard.GridPos) -> timeseries.Panel | stat.Panel:
    made = _graph() if panel.kind == "graph" else _stat(panel)
    made = (
        made.id(number)
        .title(panel.title)
        .description(panel.description)
        .datasource(_source())
        .unit(panel.unit)
        .no_value(panel.empty)
        .grid_pos(place)
        .thresholds(_steps(panel))
    )
    if panel.low is not None:
        made = made.min(panel.low)
    if panel.words:
        options = {
            value: dashboard.ValueMappingResult(text=text, color=STEPS[colour], index=index)
            for index, (value, text, colour) in enumerate(panel.words)
        }
        made = made.mappings([dashboard.ValueMap(options=options)])
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        target = (
            prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter).datasource(_source())
        )
        made = made.with_target(target.exemplar(exemplar=True) if query.exemplars else target)
    return made


def _graph() -> timeseries.Panel:
    legend = common_builder.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    legend = legend.placement(common.LegendPlacement.BOTTOM).show_legend(show_legend=True)
    tooltip = common_builder.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI)
    return timeseries.Panel().line_width(1).fill_opacity(10).legend(legend).tooltip(tooltip)


def _stat(panel: Panel) -> stat.Panel:
    colour = common.BigValueColorMode.BACKGROUND if panel.words else common.BigValueColorMode.VALUE
    return (
        stat.Panel()
        .color_mode(colour)
        .graph_mode(common.BigValueGraphMode.NONE)
        .reduce_options(common_builder.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
    )


def _steps(panel: Panel) -> builder.ThresholdsConfig:
    # The first step has no value: it is for everything below the next.
    steps = [dashboard.Threshold(value=None, color=STEPS["good"])]
    steps += [dashboard.Threshold(value=value, color=STEPS[colour]) for value, colour in panel.limits]
    return builder.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)


def _source() -> dashboard.DataSourceRef:
    return dashboard.DataSourceRef(type_val="prometheus", uid="prometheus")
