"""Commands and events as the record keeps them: a name, who, and canonical JSON; and back again."""

import json
from dataclasses import fields
from typing import Any

from alerts.model import (
    Acknowledge,
    Acknowledged,
    Command,
    Ended,
    Escalated,
    Event,
    Occurrence,
    PauseAudio,
    Phase,
    Raised,
    Reminded,
    ResumeAudio,
    SetCuffInterval,
    SetPhase,
    StartCuff,
    StopCuff,
)
from ingest.model import SECOND
from ingest.recorder import Entry


def snake(message: Event | Command) -> str:
    """The name of an event or command as files spell it: raised, audio_paused, set_phase ..."""
    name = type(message).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def canonical(body: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same content is always the same text."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_fields(event: Event) -> dict[str, Any]:
    """What an event says, as JSON values; an occurrence's fields stand beside the event's own."""
    body: dict[str, Any] = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in ("t", "occurrence")}
    if isinstance(event, Raised | Escalated | Ended | Acknowledged | Reminded):
        body |= _occurrence_fields(event.occurrence)
    return body


def _occurrence_fields(occurrence: Occurrence) -> dict[str, Any]:
    body = {f.name: getattr(occurrence, f.name) for f in fields(occurrence) if f.name != "id"}
    return body | {"occurrence": occurrence.id, "priority": occurrence.priority.word}


def event_entry(seq: int, event: Event) -> Entry:
    """An event as a line of the record."""
    who = getattr(event, "who", None)
    if isinstance(event, Acknowledged):
        who = event.occurrence.acknowledged_by
    return Entry(seq, event.t, "event", snake(event), who, canonical(event_fields(event)))


def command_entry(seq: int, command: Command) -> Entry:
    """A command as a line of the record."""
    body = {f.name: getattr(command, f.name) for f in fields(command) if f.name not in ("t", "who")}
    return Entry(seq, command.t, "command", snake(command), command.who, canonical(body))


def read_command(entry: Entry) -> Command:
    """The command a line of the record holds; ValueError when it holds none."""
    body = json.loads(entry.body)
    who = entry.actor or ""
    match entry.name:
        case "acknowledge":
            return Acknowledge(entry.t, who, tuple(body["occurrences"]))
        case "pause_audio":
            return PauseAudio(entry.t, who)
        case "resume_audio":
            return ResumeAudio(entry.t, who)
        case "set_phase":
            return SetPhase(entry.t, who, Phase(body["phase"]))
        case "start_cuff":
            return StartCuff(entry.t, who)
        case "stop_cuff":
            return StopCuff(entry.t, who)
        case "set_cuff_interval":
            return SetCuffInterval(entry.t, who, body["seconds"])
    raise ValueError(f"entry {entry.seq}: unknown command {entry.name!r}")


def json_line(event: Event) -> dict[str, Any]:
    """One line of `check --json`: t in seconds from the first row, and the keys of design.md section 2."""
    body = event_fields(event)
    keys = ("occurrence", "rule", "priority", "signal", "value", "limit", "message")
    line: dict[str, Any] = {"t": event.t / SECOND, "event": snake(event)}
    line |= {key: body.pop(key) for key in keys if key in body}
    extra = ("reason", "who", "until", "phase")
    return line | {key: body[key] for key in extra if body.get(key) is not None}
