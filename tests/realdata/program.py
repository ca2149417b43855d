"""What the program says of a recording: `check --json`, from outside and in process, and its lines as a table."""

import contextlib
import io
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pandas as pd

from tests.realdata.independent import HR_RULES, SPO2_RULES

Event = dict[str, Any]
REASONS = ("signal lost", "session ended")
COLUMNS = ["rule", "raised", "ended", "reason", "priority", "escalated"]


def check_outside(path: Path) -> list[Event]:
    """The events of `python -m dashboard check`, the way a clinic runs it."""
    command = [sys.executable, "-m", "dashboard", "check", str(path), "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def check(path: Path) -> tuple[int, list[Event]]:
    """Exit status and events of the same command without the cost of a process."""
    from dashboard.__main__ import main  # here, so that the count can be tested without the screen's libraries

    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = main(["check", str(path), "--json"])
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def told(events: list[Event]) -> pd.DataFrame:
    """The occurrences of the HR and SpO2 rules in the form of `independent.occurrences`."""
    lives = defaultdict(list)
    for event in events:
        if event.get("rule") in HR_RULES + SPO2_RULES:
            lives[event["occurrence"]].append(event)
    rows = [life_of(life) for life in lives.values()]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["raised", "rule"], ignore_index=True)


def life_of(life: list[Event]) -> tuple[object, ...]:
    """One row from the lines of one occurrence."""
    raised, *escalated, ended = life
    assert [event["event"] for event in life] == ["raised", *["escalated"] * len(escalated), "ended"]
    assert [event["priority"] for event in escalated] in ([], ["high"])
    reason = next((reason for reason in REASONS if reason in json.dumps(ended)), "inside")
    when = escalated[0]["t"] if escalated else float("nan")
    return raised["rule"], raised["t"], ended["t"], reason, raised["priority"], when
