"""Charts and the dashboard as Superset imports them, from what docs/superset_charts.py says of them."""

import json
import uuid
from typing import Any, Final

from superset_charts import ABOUT, DATASETS, FILTERS, FORMATS, NOTE, SECTIONS, TITLE, Chart

VERSION: Final = "1.0.0"
COUNT: Final = "count"
ALL_DAYS: Final = "No filter"
VIZ: Final = {
    "number": "big_number_total",
    "funnel": "funnel",
    "months": "echarts_timeseries_bar",
    "bars": "echarts_timeseries_bar",
    "table": "table",
}


def chart_file(chart: Chart) -> dict[str, Any]:
    """A chart: what its editor shows, and the query that answers it."""
    told = {"datasource": "0__table", "viz_type": VIZ[chart.kind], **looks(chart)}
    return {
        "slice_name": chart.name,
        "description": chart.about,
        "viz_type": VIZ[chart.kind],
        "params": told,
        "query_context": json.dumps(
            {
                "datasource": {"id": 0, "type": "table"},
                "force": False,
                "queries": [query(chart)],
                "form_data": told,
                "result_format": "json",
                "result_type": "full",
            },
            sort_keys=True,
        ),
        "cache_timeout": None,
        "uuid": known_as("chart", chart.name),
        "version": VERSION,
        "dataset_uuid": known_as("dataset", chart.view),
    }


def looks(chart: Chart) -> dict[str, Any]:
    """What the editor of a chart shows."""
    filters = [adhoc(*each) for each in chart.where]
    if DATASETS[chart.view]:
        filters.append(adhoc(DATASETS[chart.view], "TEMPORAL_RANGE", ALL_DAYS))
    kinds = {"number": number_looks, "funnel": funnel_looks, "months": bar_looks, "bars": bar_looks}
    return {"adhoc_filters": filters, "row_limit": chart.limit, **kinds.get(chart.kind, table_looks)(chart)}


def number_looks(chart: Chart) -> dict[str, Any]:
    """One number, large."""
    return {"metric": metrics(chart)[0], "y_axis_format": ",d", "header_font_size": 0.4}


def funnel_looks(chart: Chart) -> dict[str, Any]:
    """Steps, each with its number and its share of the one before."""
    return {
        "groupby": list(chart.by),
        "metric": metrics(chart)[0],
        "sort_by_metric": True,
        "percent_calculation_type": "prev_step",
        "label_type": 5,
        "tooltip_label_type": 5,
        "show_labels": True,
        "show_legend": False,
    }


def bar_looks(chart: Chart) -> dict[str, Any]:
    """Bars on one another, by month or by the first column."""
    by_month = chart.kind == "months"
    return {
        "x_axis": DATASETS[chart.view] if by_month else chart.by[0],
        "time_grain_sqla": "P1M",
        "groupby": list(chart.by if by_month else chart.by[1:]),
        "metrics": metrics(chart),
        "stack": "Stack",
        "show_legend": True,
        "orientation": "vertical" if by_month else "horizontal",
        "rich_tooltip": True,
        "truncate_metric": True,
    }


def table_looks(chart: Chart) -> dict[str, Any]:
    """A table of sums, or of rows as they are."""
    name, is_ascending = chart.order
    given = {"show_cell_bars": False, "server_pagination": False}
    if not chart.columns:
        return {
            **given,
            "query_mode": "aggregate",
            "groupby": list(chart.by),
            "metrics": metrics(chart),
            "timeseries_limit_metric": sum_of(name),
            "order_desc": not is_ascending,
            "show_totals": False,
        }
    return {
        **given,
        "query_mode": "raw",
        "all_columns": list(chart.columns),
        "order_by_cols": [json.dumps([name, is_ascending])],
        "column_config": {name: {"d3NumberFormat": FORMATS[name]} for name in chart.columns if name in FORMATS},
        "table_timestamp_format": "%Y-%m-%d" if DATASETS[chart.view] else "%Y-%m-%d %H:%M:%S",
    }


def query(chart: Chart) -> dict[str, Any]:
    """The query of a chart, as its editor would ask it."""
    time, measures = DATASETS[chart.view], metrics(chart)
    filters = [{"col": col, "op": op, "val": val} for col, op, val in chart.where]
    if time:
        filters.append({"col": time, "op": "TEMPORAL_RANGE", "val": ALL_DAYS})
    name, is_ascending = chart.order
    axis = {
        "timeGrain": "P1M",
        "columnType": "BASE_AXIS",
        "sqlExpression": time,
        "label": time,
        "expressionType": "SQL",
    }
    asked: dict[str, Any] = {"filters": filters, "extras": {"where": "", "having": ""}, "row_limit": chart.limit}
    if chart.columns:
        return {**asked, "columns": list(chart.columns), "orderby": [[name, is_ascending]]}
    ordered = sum_of(name) if name else measures[0]
    return {
        **asked,
        "columns": [*([axis] if chart.kind == "months" else []), *chart.by],
        "metrics": measures,
        "orderby": [[ordered, is_ascending]],
    }


def metrics(chart: Chart) -> list[str]:
    """What a chart measures: sums, else the number of rows."""
    return [sum_of(name) for name in chart.sums] or [COUNT]


def adhoc(column_name: str, operator: str, value: object) -> dict[str, Any]:
    """A condition, as the editor of a chart writes it."""
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column_name,
        "operator": operator,
        "comparator": value,
    }


def dashboard(charts: list[Chart]) -> dict[str, Any]:
    """The page: sections of rows of charts, and what they can be narrowed to."""
    numbers = {chart.name: number for number, chart in enumerate(charts, 1)}
    timeless = [numbers[chart.name] for chart in charts if not DATASETS[chart.view]]
    return {
        "dashboard_title": TITLE,
        "description": ABOUT,
        "slug": "leadtrace",
        "uuid": known_as("dashboard", TITLE),
        "position": position(numbers),
        "metadata": {
            "color_scheme": "supersetColors",
            "cross_filters_enabled": True,
            "refresh_frequency": 0,
            "native_filter_configuration": [native(each.name, each.view, each.column, timeless) for each in FILTERS],
        },
        "version": VERSION,
        "published": True,
    }


def position(numbers: dict[str, int]) -> dict[str, Any]:
    """Where everything stands: a header for each section, charts in rows of twelve units."""
    placed: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": TITLE}},
    }
    below: list[str] = []

    def put(kind: str, name: str, meta: dict[str, Any], children: list[str], parents: list[str]) -> str:
        placed[name] = {"type": kind, "id": name, "meta": meta, "children": children, "parents": parents}
        return name

    for number, (title, charts) in enumerate(SECTIONS, 1):
        background = {"background": "BACKGROUND_TRANSPARENT"}
        header = {"text": title, "headerSize": "MEDIUM_HEADER", **background}
        below.append(put("HEADER", f"HEADER-{number}", header, [], ["ROOT_ID", "GRID_ID"]))
        for place, row in enumerate(rows(charts), 1):
            name = f"ROW-{number}-{place}"
            inside = [
                put(
                    "CHART",
                    f"CHART-{numbers[chart.name]}",
                    {
                        "chartId": numbers[chart.name],
                        "uuid": known_as("chart", chart.name),
                        "sliceName": chart.name,
                        "width": chart.width,
                        "height": chart.height,
                    },
                    [],
                    ["ROOT_ID", "GRID_ID", name],
                )
                for chart in row
            ]
            below.append(put("ROW", name, background, inside, ["ROOT_ID", "GRID_ID"]))
    note = put("MARKDOWN", "MARKDOWN-1", {"code": NOTE, "width": 12, "height": 10}, [], ["ROOT_ID", "GRID_ID", "ROW-N"])
    below.append(put("ROW", "ROW-N", {"background": "BACKGROUND_TRANSPARENT"}, [note], ["ROOT_ID", "GRID_ID"]))
    placed["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "children": below, "parents": ["ROOT_ID"]}
    return placed


def rows(charts: tuple[Chart, ...]) -> list[list[Chart]]:
    """Charts one after the other, as many in a row as fit."""
    found: list[list[Chart]] = []
    for chart in charts:
        if not found or sum(each.width for each in found[-1]) + chart.width > 12:
            found.append([])
        found[-1].append(chart)
    return found


def native(name: str, view: str, column_name: str, excluded: list[int]) -> dict[str, Any]:
    """A filter of the dashboard; views over all time know no days."""
    target = {"datasetUuid": known_as("dataset", view), "column": {"name": column_name}} if view else {}
    return {
        "id": f"NATIVE_FILTER-{name.lower()}",
        "name": name,
        "type": "NATIVE_FILTER",
        "filterType": "filter_select" if view else "filter_time",
        "targets": [target],
        "controlValues": {"multiSelect": True, "enableEmptyFilter": False} if view else {"enableEmptyFilter": False},
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
        "description": "",
    }


def sum_of(name: str) -> str:
    """The name of the metric that sums a column."""
    return f"sum_{name}" if name else ""


def known_as(kind: str, name: str) -> str:
    """The id by which Superset knows what it imported, so that the next import finds it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"leadtrace/superset/{kind}/{name}"))
