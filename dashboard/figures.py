"""History as pictures: the plotly skeleton of the three trends, one under the other on one time axis.

Pure: a dict of layout and empty traces. assets/trends.js fills the traces by their names and moves
the axes; it never restyles x alone, which would reset the axis type (plotly).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

GREEN, CYAN, WHITE = "#5ee08a", "#58d3f2", "#f2f5f8"
"""HR, SpO2 and NIBP. Red and yellow belong to alarms alone (rules.md section 4)."""
LEVELS: Mapping[str, str] = MappingProxyType({"": WHITE, "low": "#ffd54a", "medium": "#ffd54a", "high": "#ff5b6b"})
"""A cuff reading in the colour of the alarm it is part of."""

TEXT, GRID, LIMIT = "#b4c4d4", "#1a2430", "#8fa0b1"
FONT = "Inter, sans-serif"
SPAN = 2400
"""Seconds the axis shows before the first data arrive: an infusion of 40 minutes."""

PANELS: Mapping[str, tuple[str, str, tuple[int, int], int]] = MappingProxyType(
    {
        "hr": (f"<b style='color:{GREEN}'>HR</b>", "bpm", (40, 130), 30),
        "spo2": (f"<b style='color:{CYAN}'>SpO<sub>2</sub></b>", "%", (84, 101), 5),
        "nibp": (f"<b style='color:{WHITE}'>NIBP</b>", "mmHg", (32, 206), 40),
    }
)
"""Signal: title, unit, range to begin with, step of the ticks."""
Domains = Mapping[str, tuple[float, float]]
DOMAINS: Domains = MappingProxyType({"hr": (0.71, 0.985), "spo2": (0.405, 0.66), "nibp": (0.0, 0.355)})
"""Where each chart stands, from the foot of the plot (0) to its head (1)."""
BESIDE_PLETH: Domains = MappingProxyType({"hr": (0.755, 0.985), "spo2": (0.5, 0.705), "nibp": (0.0, 0.3)})
PLETH = (0.335, 0.455)
"""The same where there is a pleth, and its own band: a canvas over the plot (assets/pleth.js)."""
MARGIN: Mapping[str, int] = MappingProxyType({"l": 66, "r": 46, "t": 4, "b": 30})
"""Pixels around the plot."""
AXES: Mapping[str, str] = MappingProxyType({"hr": "y", "spo2": "y2", "nibp": "y3"})

Figure = dict[str, Any]


def trend_figure(limits: Mapping[str, Sequence[float]]) -> Figure:
    """The skeleton for dcc.Graph: no data yet; `limits` per signal ("hr", "spo2", "nibp") as dashed lines."""
    layout: Figure = {
        "template": None,
        "uirevision": "trends",
        "autosize": True,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 15, "color": TEXT},
        "margin": dict(MARGIN),
        "meta": {"": _lists(DOMAINS), "yes": _lists(BESIDE_PLETH)},  # by data-pleth of the screen: assets/trends.js
        "showlegend": False,
        "hovermode": False,
        "dragmode": False,
        "xaxis": _time_axis(),
        "annotations": [*(_title(signal) for signal in PANELS), _pleth_title()],
        "shapes": [_limit_line(signal, value) for signal in PANELS for value in limits.get(signal, ())],
    }
    for signal, axis in AXES.items():
        layout[axis.replace("y", "yaxis")] = _value_axis(signal)
    return {"data": [*_lines(), *_cuff()], "layout": layout}


def _lists(domains: Domains) -> Figure:
    return {signal: list(domain) for signal, domain in domains.items()}


def _time_axis() -> Figure:
    ticks = list(range(0, SPAN + 1, 300))
    return {
        "type": "linear",
        "range": [0, SPAN],
        "anchor": "y3",
        "tickvals": ticks,
        "ticktext": [f"{t // 3600}:{t // 60 % 60:02}" for t in ticks],
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
    }


def _value_axis(signal: str) -> Figure:
    _, _, span, step = PANELS[signal]
    return {
        "domain": list(DOMAINS[signal]),
        "range": list(span),
        "dtick": step,
        "tick0": 0,
        "side": "right",
        "gridcolor": GRID,
        "zeroline": False,
        "fixedrange": True,
    }


def _title(signal: str) -> Figure:
    title, unit, _, _ = PANELS[signal]
    return _words(f"{title}<br><span style='font-size:14px'>{unit}</span>", DOMAINS[signal])


def _pleth_title() -> Figure:
    """The last of the titles; assets/trends.js shows it."""
    return _words(f"<b style='color:{CYAN}'>Pleth</b>", PLETH) | {"visible": False}


def _words(text: str, domain: tuple[float, float]) -> Figure:
    return {
        "text": text,
        "font": {"size": 19},
        "align": "left",
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": -64,
        "y": domain[1],
        "yanchor": "top",
    }


def _limit_line(signal: str, value: float) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": AXES[signal],
        "y0": value,
        "y1": value,
        "line": {"color": LIMIT, "width": 1.5, "dash": "6px,6px"},
    }


def _trace(name: str, signal: str, mode: str, **style: Figure) -> Figure:
    axes = {"xaxis": "x", "yaxis": AXES[signal]}
    return {"type": "scatter", "name": name, "mode": mode, "x": [], "y": [], "hoverinfo": "skip", **axes, **style}


def _lines() -> list[Figure]:
    """HR and SpO2, each with a dot at its newest value."""
    return [
        trace
        for name, color in (("hr", GREEN), ("spo2", CYAN))
        for trace in (
            _trace(name, name, "lines", line={"color": color, "width": 2.5}),
            _trace(f"{name}-now", name, "markers", marker={"color": color, "size": 10}),
        )
    ]


def _cuff() -> list[Figure]:
    """NIBP as anaesthetists draw it: systolic ▼, diastolic ▲, a bar between, MAP ○; a set for each alarm level."""
    traces = []
    for level, color in LEVELS.items():
        solid = {"color": color, "size": 13}
        hollow = {"color": "#0a0f15", "size": 9, "line": {"color": color, "width": 2.5}}
        traces += [
            _trace(f"bar-{level}", "nibp", "lines", line={"color": color, "width": 3}),
            _trace(f"sys-{level}", "nibp", "markers", marker=solid | {"symbol": "triangle-down"}),
            _trace(f"dia-{level}", "nibp", "markers", marker=solid | {"symbol": "triangle-up"}),
            _trace(f"map-{level}", "nibp", "markers", marker=hollow | {"symbol": "circle"}),
        ]
    return traces
