"""The usual Dash way, to compare with: an Interval asks each second, a callback answers with everything.

It gets every advantage that costs nothing: the same station, server, compression and browser, five plain traces,
numpy arrays (which plotly packs as base64) and no alarms, ages or limits to show.
"""

from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, dcc, html
from plotly.graph_objects import Figure, Scatter
from plotly.subplots import make_subplots

from alerts.snapshot import Snapshot
from dashboard import web
from dashboard.feed import Feed, Session
from dashboard.guard import Guard
from ingest.model import SECOND, Signal

NUMBERS = ("hr", "spo2", "nibp", "map")


def build(feed: Feed, session: Session, hosts: tuple[str, ...], port: int) -> Guard:
    """The whole page and its one callback."""
    app = web.create_app(Path("no assets"))
    numbers = [html.Output("--", id=name, style={"fontSize": "6rem"}) for name in NUMBERS]
    graph = dcc.Graph(id="trends", style={"height": "80vh"})
    app.layout = html.Div([html.Div(numbers), graph, dcc.Interval(id="second", interval=1000)])
    _refresh(app, feed)
    return web.guarded(app, hosts, port)


def _refresh(app: Dash, feed: Feed) -> None:
    numbers = [Output(name, "children") for name in NUMBERS]

    @app.callback(*numbers, Output("trends", "figure"), Input("second", "n_intervals"))
    def refresh(seconds: int) -> tuple[Any, ...]:
        return (*_numbers(feed.snapshot), _figure(feed))


def _numbers(snapshot: Snapshot) -> list[str]:
    hr, spo2 = (snapshot.samples[signal].value for signal in (Signal.HR, Signal.SPO2))
    nibp = snapshot.nibp
    assert nibp is not None
    return [f"{hr:.0f}", f"{spo2:.0f}", f"{nibp.sys:.0f}/{nibp.dia:.0f}", f"{nibp.map:.0f}"]


def _figure(feed: Feed) -> Figure:
    history = feed.history()
    figure = make_subplots(rows=3, shared_xaxes=True)
    for row, signal in enumerate((Signal.HR, Signal.SPO2), 1):
        t, values = history.series[signal]
        figure.add_trace(Scatter(x=t / SECOND, y=values, name=signal), row=row, col=1)
    taken = [reading.t / SECOND for reading in history.nibp]
    for name in ("sys", "dia", "map"):
        pressures = [getattr(reading, name) for reading in history.nibp]
        figure.add_trace(Scatter(x=taken, y=pressures, name=name, mode="markers"), row=3, col=1)
    return figure.update_layout(uirevision="same")
