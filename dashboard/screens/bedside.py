"""The bedside screen: its layout.

The layout is a form of placeholders. Every word and state comes later from the server over the live
socket, by element id (assets/live.js); so the page starts stale and cannot show an old number as new.
"""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from alerts.tones import for_browsers
from dashboard.figures import MARGIN, PLETH
from dashboard.instruments import SOURCES
from dashboard.view import ROWS
from ingest.model import SIGNALS, Signal

INTERVALS_MIN = (2.5, 5, 10, 15)
"""Minutes between two measurements of the cuff that one touch sets; longer ones would be older than is shown (T-3)."""
KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def layout(figure: dict[str, Any], bed: str) -> Component:
    """The whole screen with "--" for every value; `figure` is the skeleton of the trends."""
    return html.Div(
        id="screen",
        className="screen",
        **_data(tones=for_browsers()),
        children=[
            _head(bed),
            _strip(),
            html.Div(id="fault", role="alert"),
            html.Main([_trends(figure), _tiles()]),
            html.Footer([_session(), _alarms(), _actions()]),
            _line(),
            _who(),
            _intervals(),
            _instruments(),
            _sound(),
            _sheet("receipt", "Why this alarm", [html.Pre(id="receipt-words")]),
            dcc.Store(id="asked"),
            dcc.Store(id="command"),
        ],
    )


def _aria(**names: str) -> dict[str, Any]:
    return {f"aria-{name}": value for name, value in names.items()}


def _data(**names: str) -> dict[str, Any]:
    return {f"data-{name}": value for name, value in names.items()}


def _head(bed: str) -> Component:
    chips = [html.Span(id=f"source-{i}", className="chip") for i in range(SOURCES)]
    chips.append(html.Span(id="record", className="chip"))
    chips.append(html.Span("Starting", id="link", className="chip", role="status"))
    chips.append(html.Span(id="sound", className="chip", role="status"))
    return html.Header(
        [
            html.H1(bed, id="bed"),
            html.Span(id="session-line"),
            html.Strong(id="mode"),
            html.Div(
                chips,
                id="devices-open",
                className="chips",
                role="button",
                tabIndex=0,
                **_aria(label="Devices and lines"),
            ),
            html.Span("--:--:--", id="clock"),
        ]
    )


def _strip() -> Component:
    return html.Section(
        id="strip",
        role="alert",
        **_aria(live="polite", atomic="true", label="Alarms"),
        children=[
            html.B(id="strip-mark"),
            html.Div([html.Div("Connecting …", id="strip-message"), html.Div(id="strip-detail")], className="words"),
            html.Div(id="strip-second"),
            _acknowledge("strip-ack", "Acknowledge"),
            html.Div(
                [html.B("**"), html.B("LINK LOST"), html.Span("watch the patient, not this screen")],
                className="strip-lost",
            ),
        ],
    )


def _acknowledge(id: str, text: str) -> Component:
    return html.Button(text, id=id, className="ack", type="button", **_data(command="acknowledge"))


def _trends(figure: dict[str, Any]) -> Component:
    graph = dcc.Graph(
        id="trends",
        figure=figure,
        responsive=True,
        config={"displayModeBar": False, "staticPlot": True, "doubleClick": False},
    )
    notices = [html.Div(id=id, role="status") for id in ("link-banner", "sound-banner", "paused-banner")]
    lost = [
        html.B("LINK LOST"),
        html.Span("watch the patient, not this screen"),
        html.Span(id="lost-for"),
    ]
    return html.Section(
        [
            html.Div(className="watermark", **_aria(hidden="true")),
            html.Div(graph, className="plot", role="img", **_aria(label="Trends of HR, SpO2 and NIBP")),
            _pleth(),
            html.Div(notices, className="notices"),
            html.Div(lost, id="link-lost", role="alert"),
        ],
        className="trends",
    )


def _pleth() -> Component:
    """A band over the gap the charts leave for it; the words stand there while no trace runs."""
    low, high = PLETH
    trace = html.Canvas(id="pleth-trace", role="img", **_aria(label="Pleth"))
    return html.Div(
        [trace, html.Span(id="pleth-note")],
        id="pleth",
        style={
            "--left": f"{MARGIN['l']}px",
            "--right": f"{MARGIN['r']}px",
            "--around": f"{MARGIN['t'] + MARGIN['b']}px",
            "--foot": f"{MARGIN['b']}px",
            "--low": str(low),
            "--high": str(high),
        },
    )


def _tiles() -> Component:
    hr = html.B("HR", id="hr-title")
    spo2 = html.B(["SpO", html.Sub("2")])
    return html.Section(
        [
            _tile("hr", hr, "bpm", [html.Span(id="hr-age", className="age")]),
            _tile("spo2", spo2, "%", [html.Span(id="spo2-age", className="age")]),
            _tile(
                "nibp",
                html.B("NIBP"),
                "mmHg",
                [
                    html.Span(["MAP ", html.B("--", id="nibp-map")], className="map"),
                    html.Span(id="nibp-time", className="at"),
                    html.Span(id="nibp-age", className="age"),
                    html.Span(id="nibp-next", className="next"),
                ],
            ),
            html.Div([_breath(Signal.RR), _breath(Signal.ETCO2)], className="breath"),
        ],
        className="tiles",
    )


def _tile(signal: str, title: Component, unit: str, foot: list[Component]) -> Component:
    """High limit in the upper corner, low limit in the lower one, the number between as large as it will go."""
    return html.Article(
        id=f"{signal}-tile",
        className=f"tile {signal}" if signal == "nibp" else f"tile plain {signal}",
        children=[
            html.H2([title, html.Small(unit)]),
            html.Span(id=f"{signal}-note", className="note"),
            _limit(f"{signal}-high", "max"),
            html.Output("--", id=signal, className="number"),
            html.Div(foot, className="foot"),
            _limit(f"{signal}-low", "min"),
        ],
    )


def _breath(signal: Signal) -> Component:
    """A small tile; the rules for breathing come with their profile, so it has no limits."""
    info = SIGNALS[signal]
    return html.Article(
        id=f"{signal}-tile",
        className=f"tile plain {signal}",
        children=[
            html.H2([html.B(["EtCO", html.Sub("2")] if signal is Signal.ETCO2 else info.title), html.Small(info.unit)]),
            html.Span(id=f"{signal}-note", className="note"),
            html.Output("--", id=str(signal), className="number"),
            html.Div([html.Span(id=f"{signal}-age", className="age")], className="foot"),
        ],
    )


def _limit(id: str, word: str) -> Component:
    return html.Span([html.Small(word), html.Span("--", id=id)], className=f"limit {word}")


def _session() -> Component:
    return html.Section(
        [
            html.Span("--", id="phase"),
            html.Span("--", id="elapsed"),
            html.Span(id="started"),
        ],
        className="card session",
        **_aria(label="Session"),
    )


def _alarms() -> Component:
    rows = [*(_row(f"alarm-{i}") for i in range(ROWS)), html.Div(id="alarms-more")]
    return html.Section(rows, className="card alarms", **_aria(label="List of alarms"))


def _row(id: str) -> Component:
    return html.Div(
        id=id,
        className="row",
        children=[
            html.B(id=f"{id}-mark", className="mark"),
            html.Button(
                html.P([html.Span(id=f"{id}-text"), html.Small(id=f"{id}-note")]),
                id=f"{id}-why",
                className="why",
                title="Why this alarm",
                type="button",
            ),
            _acknowledge(f"{id}-ack", "Ack"),
        ],
    )


def _actions() -> Component:
    pause = html.Button([html.B("Audio pause"), html.Small("2:00")], type="button", **_data(command="pause-audio"))
    resume = html.Button(
        [html.B(["Paused ", html.Span(id="pause-left")]), html.Small("touch to cancel")],
        type="button",
        **_data(command="resume-audio"),
    )
    cuff = html.Button([html.B("Cuff now"), html.Small(id="cuff-state")], type="button", **_data(command="start-cuff"))
    stop = html.Button([html.B("Stop cuff"), html.Small("measuring …")], type="button", **_data(command="stop-cuff"))
    return html.Nav(
        [
            html.Div([cuff, stop], id="cuff"),
            _button("interval-open", "Interval", "interval-state", ""),
            html.Div([pause, resume], id="pause"),
            _button("sound-open", "Sound", "sound-state", "not tested"),
            _button("who-open", "Who", "who-name", "bedside"),
            _button("theme", "Night", "theme-state", "off"),
        ],
        className="actions",
        **_aria(label="Controls"),
    )


def _button(id: str, text: str, state: str, now: str) -> Component:
    return html.Button([html.B(text), html.Small(now, id=state)], id=id, type="button")


def _line() -> Component:
    return html.Div(
        [
            html.Span(id="remarks"),
            html.Span([html.Span(id="sending"), html.Span(id="said", role="status")], id="answer"),
            html.Span("Not a cleared medical device", className="cleared"),
        ],
        className="line",
    )


def _who() -> Component:
    """Initials by touch: a bedside screen has no keyboard (one works as well). Never over the strip or the numbers."""
    keys = [html.Button(key, type="button", **_data(key=key)) for key in KEYS]
    return html.Dialog(
        id="who",
        **_aria(label="Who is at the bedside?"),
        children=[
            html.H2("Who is at the bedside?"),
            html.Div(id="who-recent"),
            html.Output(id="who-typed", tabIndex=0, **_aria(live="polite")),
            html.Div(keys, className="keys"),
            html.Div(
                [
                    html.Button("Delete", id="who-delete", type="button"),
                    html.Button("Nobody", id="who-nobody", type="button"),
                    html.Button("Cancel", id="who-cancel", type="button"),
                    html.Button("OK", id="who-ok", type="button", className="primary"),
                ],
                className="ends",
            ),
        ],
    )


def _intervals() -> Component:
    """How often the cuff measures by itself: one touch, and it is an order like any other."""
    choices = [(f"{minutes:g} min", f"{minutes * 60:g}") for minutes in INTERVALS_MIN]
    buttons = [
        html.Button(text, type="button", **_data(command="set-cuff-interval", seconds=seconds, closes="intervals"))
        for text, seconds in [*choices, ("By hand", "")]
    ]
    return _sheet("intervals", "Measure the blood pressure every", [html.Div(buttons, className="choices")])


def _sound() -> Component:
    """The self-test: one high burst everywhere, and a person says whether it was heard."""
    buttons = [
        html.Button("Play it", type="button", className="primary", **_data(command="try-sound")),
        html.Button("I hear it", type="button", **_data(command="sound-heard", closes="sounds")),
        html.Button("I hear nothing", type="button", **_data(command="sound-not-heard", closes="sounds")),
    ]
    return _sheet("sounds", "Test the alarm sound", [html.P(id="sound-words"), html.Div(buttons, className="choices")])


def _instruments() -> Component:
    """What every device and its line say: the first thing to look at when no data come."""
    rows = [
        html.Div(
            [html.B(id=f"device-{i}-name"), html.Span(id=f"device-{i}-state"), html.Small(id=f"device-{i}-line")],
            className="device",
        )
        for i in range(SOURCES)
    ]
    return _sheet("devices", "Devices", rows)


def _sheet(id: str, title: str, content: Sequence[Component]) -> Component:
    """A panel that one touch opens and another closes; never over the strip or the numbers."""
    close = html.Button("Close", type="button", **_data(closes=id))
    return html.Dialog(
        [html.H2(title), *content, html.Div(close, className="ends")], id=id, className="sheet", **_aria(label=title)
    )
