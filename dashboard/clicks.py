"""Clicks -> commands: what a browser sends is checked, given to the station, and answered in words.

A click never paints: the screen changes when the station has changed.
"""

import asyncio
import re
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any, Protocol, TypeGuard

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from alerts.model import (
    Acknowledge,
    Command,
    PauseAudio,
    Priority,
    ResumeAudio,
    SetCuffInterval,
    StartCuff,
    StopCuff,
    TrySound,
)
from alerts.receipts import Receipt
from dashboard.explain import explain

ANSWER_TIMEOUT = 2.5
"""Seconds to wait for the station: less than the browser's own 3 s, so that its words are the last."""
MOST_OCCURRENCES = 64
SOUNDS = MappingProxyType({"try-sound": None, "sound-heard": True, "sound-not-heard": False})


class TakesCommands(Protocol):
    """What this screen needs of the station: the future's result is "" when done, else why it was refused."""

    def do(self, command: Command) -> Future[str]: ...


class Answers(TakesCommands, Protocol):
    """A station that can also say why there was an alarm; LookupError when there was none."""

    def receipt(self, occurrence: int) -> Receipt: ...


def register(app: Dash, feed: Answers) -> None:
    """A click, put into the store "command" by assets/commands.js, becomes a command; its answer is "said"."""

    @app.callback(Output("said", "children"), Input("command", "data"), prevent_initial_call=True)
    async def said(data: object) -> Component:
        state, text = await answer(data, feed)
        click = data.get("click") if isinstance(data, dict) else None
        names: dict[str, Any] = {"data-click": str(click), "data-state": state}
        return html.Span(text, **names)

    @app.callback(Output("receipt-words", "children"), Input("asked", "data"), prevent_initial_call=True)
    def receipt(data: object) -> str:
        return why(data, feed)


def why(data: object, feed: Answers) -> str:
    """The receipt somebody asked for, in words."""
    occurrence = data.get("occurrence") if isinstance(data, dict) else None
    if not _is_id(occurrence):
        return "no such alarm"
    try:
        return "\n".join(explain(feed.receipt(occurrence)))
    except LookupError as error:
        return str(error)


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
        case TrySound(is_heard=None):
            return "The high alarm sounds now: is it heard?"
        case TrySound(is_heard=is_heard):
            return f"Noted: {'heard' if is_heard else 'NOT heard'} by {command.who}"
        case StartCuff():
            return "The cuff was told to measure"
        case StopCuff():
            return "The cuff was told to stop"
        case SetCuffInterval(seconds=None):
            return "The cuff measures only when told"
        case SetCuffInterval(seconds=float() | int() as seconds):
            return f"The cuff measures every {seconds / 60:g} min"
    return "Done"


def parse(data: object) -> Command | str:
    """A click from the network as a command (t = 0: the station stamps it), or why it is not one."""
    if not isinstance(data, dict):
        return "not a click"
    who = data.get("who")
    if who != "bedside" and not (isinstance(who, str) and re.fullmatch(r"[A-Za-z0-9]{1,4}", who)):
        return "initials are 1 to 4 letters or digits"
    if data.get("command") == "set-cuff-interval":
        return _interval(data.get("seconds"), who)
    match data.get("command"), data.get("occurrences", []):
        case "acknowledge", [_, *_] as ids if len(ids) <= MOST_OCCURRENCES and all(map(_is_id, ids)):
            return _acknowledge(who, tuple(ids), data.get("seen"))
        case "acknowledge", _:
            return "no such alarm"
        case "pause-audio", []:
            return PauseAudio(0, who)
        case "resume-audio", []:
            return ResumeAudio(0, who)
        case "start-cuff", []:
            return StartCuff(0, who)
        case "stop-cuff", []:
            return StopCuff(0, who)
        case "try-sound" | "sound-heard" | "sound-not-heard" as asked, []:
            return TrySound(0, who, SOUNDS[asked])
    return "unknown command"


def _acknowledge(who: str, ids: tuple[int, ...], seen: object) -> Command | str:
    """`seen`: the priority in the moment of the touch."""
    priority = next((p for p in Priority if p.word == seen), None)
    return "not a priority" if priority is None else Acknowledge(0, who, ids, priority)


def _interval(seconds: object, who: str) -> Command | str:
    match seconds:
        case None:
            return SetCuffInterval(0, who, None)
        case float() | int() if type(seconds) is not bool and 60 <= seconds <= 3600:
            return SetCuffInterval(0, who, float(seconds))
    return "a cuff interval is 1 to 60 minutes, or none"


def _is_id(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 < value < 2**53
