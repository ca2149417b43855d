"""The bedside screen: its layout, and the one callback that carries a click to the station.

The layout is a form of placeholders. Every word and state comes later from the server over the live
socket, by element id (assets/live.js); so the page starts stale and cannot show an old number as new.
"""

import asyncio
import re
from concurrent.futures import Future
from typing import Any, Protocol

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from alerts.model import Acknowledge, Command, PauseAudio, ResumeAudio

ROWS = 5
"""Alarms in the list; the server says "+3 more" for the rest."""
SOURCES = 4
ANSWER_TIMEOUT = 2.5
"""Seconds to wait for the station: less than the browser's own 3 s, so that its words are the last."""
MOST_OCCURRENCES = 64
KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class TakesCommands(Protocol):
    """What this screen needs of the station: the future's result is "" when done, else why it was refused."""

    def do(self, command: Command) -> Future[str]: ...


# Layout


def layout(figure: dict[str, Any], bed: str) -> Component:
    """The whole screen with "--" for every value; `figure` is the skeleton of the trends."""
    return html.Div(
        id="screen",
        className="screen",
        children=[
            _head(bed),
            _strip(),
            html.Div(id="fault", role="alert"),
            html.Main([_trends(figure), _tiles()]),
            html.Footer([_session(), _alarms(), _actions()]),
            _line(),
            _who(),
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
            html.Div(chips, className="chips"),
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
            html.Div(notices, className="notices"),
            html.Div(lost, id="link-lost", role="alert"),
        ],
        className="trends",
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
                ],
            ),
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
            html.P([html.Span(id=f"{id}-text"), html.Small(id=f"{id}-note")]),
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
    return html.Nav(
        [
            html.Div([pause, resume], id="pause"),
            _button("sound-test", "Sound", "sound-state", "test tone"),
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
            html.Span(id="breathing"),
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


# Clicks


def register(app: Dash, feed: TakesCommands) -> None:
    """A click, put into the store "command" by assets/commands.js, becomes a command; its answer is "said"."""

    @app.callback(Output("said", "children"), Input("command", "data"), prevent_initial_call=True)
    async def said(data: object) -> Component:
        state, text = await answer(data, feed)
        click = data.get("click") if isinstance(data, dict) else None
        return html.Span(text, **_data(click=str(click), state=state))


async def answer(data: object, feed: TakesCommands, timeout: float = ANSWER_TIMEOUT) -> tuple[str, str]:
    """What became of a click: ("done" | "refused" | "unconfirmed", the words for it)."""
    command = parse(data)
    if isinstance(command, str):
        return "refused", f"Refused: {command}"
    try:
        # shielded: giving up waiting must not cancel the station's own future
        reason = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(feed.do(command))), timeout)
    except TimeoutError:
        return "unconfirmed", f"Not confirmed: no answer from the station in {timeout:g} s"
    except Exception as error:  # whatever broke, the nurse must hear that this click is not certain
        return "unconfirmed", f"Not confirmed: {error or type(error).__name__}"
    return ("refused", f"Refused: {reason}") if reason else ("done", _done(command))


def _done(command: Command) -> str:
    match command:
        case Acknowledge():
            return f"Acknowledged by {command.who}"
        case PauseAudio():
            return f"Audio paused by {command.who}"
        case ResumeAudio():
            return f"Audio on again, by {command.who}"
    return "Done"


def parse(data: object) -> Command | str:
    """A click from the network as a command (t = 0: the station stamps it), or why it is not one."""
    if not isinstance(data, dict):
        return "not a click"
    who = data.get("who")
    if who != "bedside" and not (isinstance(who, str) and re.fullmatch(r"[A-Za-z0-9]{1,4}", who)):
        return "initials are 1 to 4 letters or digits"
    match data.get("command"), data.get("occurrences", []):
        case "acknowledge", [_, *_] as ids if len(ids) <= MOST_OCCURRENCES and all(map(_is_id, ids)):
            return Acknowledge(0, who, tuple(ids))
        case "acknowledge", _:
            return "no such alarm"
        case "pause-audio", []:
            return PauseAudio(0, who)
        case "resume-audio", []:
            return ResumeAudio(0, who)
    return "unknown command"


def _is_id(value: object) -> bool:
    return type(value) is int and 0 < value < 2**53
