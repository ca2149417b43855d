"""Commands and events as the record keeps them: a name, who, and canonical JSON; and back again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, get_args

from alerts.model import Acknowledged, Command, Ended, Escalated, Event, Occurrence, Phase, Priority, Raised, Reminded
from ingest.model import SECOND, Signal
from ingest.recorder import Entry


def snake(message: Event | Command) -> str:
    """The name of an event or command as files spell it: raised, audio_paused, set_phase ..."""
    return _snake(type(message))


def _snake(kind: type) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_")


def _as_is(value: Any) -> Any:
    return value


COMMANDS: Mapping[str, type[Command]] = MappingProxyType({_snake(kind): kind for kind in get_args(Command)})
TYPED: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "phase": Phase,
        "occurrences": tuple,
        "seen": Priority,
        "signal": lambda name: None if name is None else Signal(name),
    }
)
"""What JSON has no type for."""


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
    kind = COMMANDS.get(entry.name)
    if kind is None:
        raise ValueError(f"entry {entry.seq}: unknown command {entry.name!r}")
    body = {key: TYPED.get(key, _as_is)(value) for key, value in json.loads(entry.body).items()}
    return kind(t=entry.t, who=entry.actor or "", **body)


def json_line(event: Event) -> dict[str, Any]:
    """One line of `check --json`: t in seconds from the first row, and the keys of design.md section 2."""
    body = event_fields(event)
    keys = ("occurrence", "rule", "priority", "signal", "value", "limit", "message")
    line: dict[str, Any] = {"t": event.t / SECOND, "event": snake(event)}
    line |= {key: body.pop(key) for key in keys if key in body}
    extra = ("reason", "who", "until", "phase")
    return line | {key: body[key] for key in extra if body.get(key) is not None}
