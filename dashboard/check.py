"""`dripwatch check`: the rules over recordings at full speed: one with its alarms, many counted, or one explained."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence

from tqdm import tqdm

from alerts.changes import changed
from alerts.engine import Engine
from alerts.journal import json_line
from alerts.model import Event, OccurrenceEvent
from alerts.profiles import DEFAULT, load_profile
from alerts.receipts import receipt
from alerts.wording import line, summary
from dashboard.explain import explain, fields
from dashboard.recordings import Recording, absences, open_recording, rejected
from dashboard.survey import Finding, Order, survey, told_apart
from dashboard.tables import rows, tables
from ingest.sources import SourceError

BAR_AFTER_S = 2


def check(order: Order, *, as_json: bool, is_strict: bool) -> int:
    """Print the alarms of a recording; returns the exit status (2 with `is_strict` when rows were rejected)."""
    recording = _open(order)
    engine = Engine(recording.profile)
    events: list[Event] = []
    bar = tqdm(recording.inputs, recording.name, unit=" readings", disable=None, leave=False, delay=BAR_AFTER_S)
    for input_ in bar:
        for event in engine.step(input_):
            events.append(event)
            _show(event, as_json)
    _close(recording, engine, events, as_json)
    return 2 if is_strict and rejected(recording, engine) else 0


def check_many(orders: Sequence[Order], *, as_json: bool, as_csv: bool, is_strict: bool) -> int:
    """Print how much alarm the recordings hold; 2 when one could not be used (the others are counted)."""
    settings = orders[0].settings
    if settings:
        changed(load_profile(orders[0].profile or DEFAULT), settings)
    bar = tqdm(survey(orders), "check", len(orders), unit=" recordings", disable=None, leave=False, delay=BAR_AFTER_S)
    findings = told_apart(list(bar), orders)
    used = [finding for finding in findings if finding.problem is None]
    problems = [finding.problem for finding in findings if finding.problem is not None]
    if not used:
        raise SourceError(problems[0])
    if as_json:
        sys.stdout.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(used))
    elif as_csv:
        header, *_ = table = list(rows(used))
        writer = csv.DictWriter(sys.stdout, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    else:
        sys.stdout.writelines(f"{each}\n" for each in tables(used))
    _remarks(used)
    for problem in problems:
        _remark(f"not counted: {problem}")
    return 2 if problems or (is_strict and any(finding.rejected for finding in used)) else 0


def check_why(order: Order, occurrence: int, *, as_json: bool) -> int:
    """Print why there was an alarm: its receipt."""
    recording = _open(order)
    try:
        found = receipt(recording.inputs, recording.profile, occurrence)
    except LookupError as error:
        raise SourceError(f"{recording.name}: {error.args[0]}") from None
    if as_json:
        print(json.dumps(fields(found), ensure_ascii=False))
    else:
        sys.stdout.writelines(f"{each}\n" for each in explain(found))
    return 0


def _open(order: Order) -> Recording:
    return open_recording(order.target, order.data, order.profile, order.phase, order.baseline)


def _show(event: Event, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(json_line(event), ensure_ascii=False) + "\n")
    elif isinstance(event, OccurrenceEvent):
        tqdm.write(line(event), file=sys.stdout)


def _close(recording: Recording, engine: Engine, events: list[Event], as_json: bool) -> None:
    for note in recording.notes():
        _remark(note)
    for absence in absences(engine, events):
        hint = " (give --baseline SYS/DIA)" if recording.source and absence.startswith("no baseline") else ""
        _remark(f"{recording.name} has {absence}{hint}")
    if engine.rejected:
        _remark(f"{engine.rejected} values outside their physical range were rejected")
    if not as_json:
        tqdm.write(summary(events, engine.now), file=sys.stdout)


def _remarks(findings: Sequence[Finding]) -> None:
    """The notes of many recordings; one that several share is printed once."""
    shared = Counter(note for finding in findings for note in dict.fromkeys(finding.notes))
    names = {note: finding.name for finding in findings for note in finding.notes}
    for note, n in shared.items():
        _remark(f"{names[note] if n == 1 else f'{n} recordings'}: {note}")
    if unused := sum(finding.rejected for finding in findings):
        _remark(f"{unused} rows or values could not be used")


def _remark(text: str) -> None:
    tqdm.write(f"note: {text}", file=sys.stderr)
