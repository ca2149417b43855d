"""The skeleton of the trends: what the browser fills, and what is there before it does."""

import json
import re
from pathlib import Path

from plotly.graph_objects import Figure

import dashboard
from dashboard.figures import AXES, PLETH, trend_figure

LIMITS = {"hr": [50, 120], "spo2": [90], "nibp": [90, 160]}
TRENDS_JS = (Path(dashboard.__file__).parent / "assets" / "trends.js").read_text("utf-8")


def test_plotly_accepts_it_and_it_is_plain_json() -> None:
    figure = trend_figure(LIMITS)
    Figure(figure)
    assert json.loads(json.dumps(figure)) == figure


def test_it_starts_without_data() -> None:
    assert all(trace["x"] == trace["y"] == [] for trace in trend_figure(LIMITS)["data"])


def test_every_limit_is_a_dashed_line_on_its_own_axis_and_no_alarm_colour() -> None:
    lines = trend_figure(LIMITS)["layout"]["shapes"]
    assert [(line["yref"], line["y0"], line["y1"]) for line in lines] == [
        ("y", 50, 50),
        ("y", 120, 120),
        ("y2", 90, 90),
        ("y3", 90, 90),
        ("y3", 160, 160),
    ]
    assert {line["line"]["dash"] for line in lines} == {"6px,6px"}
    assert {line["line"]["color"] for line in lines} == {"#8fa0b1"}


def test_without_limits_there_are_no_lines() -> None:
    assert trend_figure({})["layout"]["shapes"] == []


def test_three_charts_share_the_time_axis_and_do_not_overlap() -> None:
    layout = trend_figure(LIMITS)["layout"]
    domains = [layout[f"yaxis{n}"]["domain"] for n in ("", "2", "3")]
    assert all(trace["xaxis"] == "x" for trace in trend_figure(LIMITS)["data"])
    assert domains[0][0] > domains[1][1] > domains[1][0] > domains[2][1]


def test_beside_a_pleth_the_charts_leave_its_band_free() -> None:
    layout = trend_figure(LIMITS)["layout"]
    alone, beside = layout["meta"][""], layout["meta"]["yes"]
    assert [alone[signal] for signal in AXES] == [layout[f"yaxis{n}"]["domain"] for n in ("", "2", "3")]
    assert beside["hr"][0] > beside["spo2"][1] > beside["spo2"][0] > PLETH[1] > PLETH[0] > beside["nibp"][1]


def test_the_title_of_the_pleth_is_the_last_one_and_hidden_at_first() -> None:
    """assets/trends.js shows it, and moves the others by their order."""
    titles = trend_figure(LIMITS)["layout"]["annotations"]
    assert ["Pleth" in title["text"] for title in titles] == [*[False] * len(AXES), True]
    assert [title.get("visible", True) for title in titles] == [*[True] * len(AXES), False]


def test_time_is_read_in_hours_and_minutes() -> None:
    axis = trend_figure({})["layout"]["xaxis"]
    assert dict(zip(axis["tickvals"], axis["ticktext"], strict=True))[1500] == "0:25"


def test_a_cuff_reading_is_drawn_as_anaesthetists_do_in_the_colour_of_its_alarm() -> None:
    traces = {trace["name"]: trace for trace in trend_figure({})["data"]}
    for level, colour in (("", "#f2f5f8"), ("low", "#ffd54a"), ("medium", "#ffd54a"), ("high", "#ff5b6b")):
        marks = [traces[f"{part}-{level}"] for part in ("sys", "dia", "map")]
        assert [mark["marker"]["symbol"] for mark in marks] == ["triangle-down", "triangle-up", "circle"]
        assert [mark["marker"]["color"] for mark in marks[:2]] == [colour, colour]
        assert traces[f"bar-{level}"]["line"]["color"] == colour


def test_the_browser_moves_the_same_axes() -> None:
    """The names and first ranges stand in trends.js too: they must not drift apart."""
    layout = trend_figure({})["layout"]
    rows = re.findall(r"\['(yaxis\d?)', '(\w+)', \[(\d+), (\d+)\]", TRENDS_JS)
    assert {signal: axis.replace("axis", "") for axis, signal, *_ in rows} == dict(AXES)
    for axis, _, low, high in rows:
        assert layout[axis]["range"] == [int(low), int(high)]
