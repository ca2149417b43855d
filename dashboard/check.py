"""`dripwatch check`: the rules over a recording at full speed."""

import json
import sys

from tqdm import tqdm

from alerts.engine import Engine
from alerts.journal import json_line
from alerts.model import Event, OccurrenceEvent, Phase
from alerts.wording import line, summary
from dashboard.recordings import Recording, open_recording


def check(target: str, *, data: str | None, profile: str | None, phase: Phase, as_json: bool, is_strict: bool) -> int:
    """Print the alarms of a recording; returns the exit status (2 with `is_strict` when rows were rejected)."""
    recording = open_recording(target, data, profile, phase)
    engine = Engine(recording.profile)
    events: list[Event] = []
    for input_ in tqdm(recording.inputs, desc=recording.name, unit=" readings", disable=None, leave=False):
        for event in engine.step(input_):
            events.append(event)
            _show(event, as_json)
    _close(recording, engine, events, as_json)
    return 2 if is_strict and _rejected(recording, engine) else 0


def _show(event: Event, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(json_line(event), ensure_ascii=False) + "\n")
    elif isinstance(event, OccurrenceEvent):
        tqdm.write(line(event), file=sys.stdout)


def _close(recording: Recording, engine: Engine, events: list[Event], as_json: bool) -> None:
    for note in recording.notes():
        _remark(note)
    if not engine.has_nibp:
        _remark(f"{recording.name} has no NIBP: the overdue rule T-2 is off")
    if engine.rejected:
        _remark(f"{engine.rejected} values outside their physical range were rejected")
    if not as_json:
        tqdm.write(summary(events, engine.now), file=sys.stdout)


def _rejected(recording: Recording, engine: Engine) -> int:
    return engine.rejected + (recording.source.rejected if recording.source else 0)


def _remark(text: str) -> None:
    tqdm.write(f"note: {text}", file=sys.stderr)
