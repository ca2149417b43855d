"""The sample sessions are what our program makes, and their expected alarms point at rows that are there."""

import csv
import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ingest.sources.simulator import SCENARIOS
from ingest.sources.simulator.__main__ import main

SAMPLES = Path(__file__).parents[4] / "sample_data"
SESSIONS = SAMPLES / "sessions"
NAMES = sorted(SCENARIOS)

ALL_RULES = {f"BP-{n}" for n in (1, 3, 4, 5, 6)} | {f"{signal}-{n}" for signal in ("HR", "O2") for n in (1, 2, 3, 4)}
ALL_RULES |= {f"T-{n}" for n in (1, 2, 4, 6)}

CITED = re.compile(r"line (\d+) \(t=(\d+), (?:SpO2 (\d+)|(\d+)/(\d+))\)", re.IGNORECASE)


def expected(name: str) -> dict[str, Any]:
    return tomllib.loads((SESSIONS / f"{name}.expected.toml").read_text("utf-8"))


def table(name: str) -> list[list[str]]:
    """The lines of the file, the header first."""
    with (SESSIONS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def commands() -> dict[str, list[str]]:
    """What README.md says each sample was made with: the file's name and the arguments before --out."""
    lines = [line for line in (SAMPLES / "README.md").read_text("utf-8").splitlines() if line.startswith("python -m")]
    words = [shlex.split(line)[3:] for line in lines]
    return {Path(out).name: arguments for *arguments, _, out in words}


def test_every_scenario_has_a_sample_and_its_alarms() -> None:
    assert {path.name for path in SESSIONS.glob("*.csv")} == {f"{name}.csv" for name in NAMES} == set(commands())
    assert {path.name for path in SESSIONS.glob("*.toml")} == {f"{name}.expected.toml" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_command_in_the_readme_gives_the_identical_bytes(name: str, tmp_path: Path) -> None:
    out = tmp_path / "again.csv"
    assert main([*commands()[f"{name}.csv"], "--out", str(out)]) == 0
    assert out.read_bytes() == (SESSIONS / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_a_row_a_second_with_hr_and_spo2(name: str) -> None:
    rows = table(name)[1:]
    assert [row[0] for row in rows] == [str(second) for second in range(70 * 60)]
    assert all(row[1] and row[2] for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_expected_events_are_in_order_and_each_occurrence_begins_and_ends(name: str) -> None:
    content = expected(name)
    assert (content["session"], content["profile"], content["phase"]) == (f"{name}.csv", "iv-ketamine", "infusion")
    events = content["event"]
    assert all(a["t"] <= b["t"] for a, b in pairwise(events))
    lives: dict[str, list[str]] = {}
    for event in events:
        lives.setdefault(event["rule"], []).append(event["event"])
    assert set(lives) <= ALL_RULES
    assert all(life in (["raised", "ended"], ["raised", "escalated", "ended"]) for life in lives.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_points_at_lines_that_say_what_it_says(name: str) -> None:
    """Those in the comments too: lines are counted from the header, as an editor does."""
    rows = table(name)
    assert all(CITED.search(event["why"]) for event in expected(name)["event"])
    text = (SESSIONS / f"{name}.expected.toml").read_text("utf-8").replace("\\\n", "").replace("\n# ", " ")
    cited = CITED.findall(text)
    assert len(cited) == len(re.findall(r"\bline \d", text, re.IGNORECASE))  # none in a form that is not checked
    for line, t, spo2, sys, dia in cited:
        time, _, saturation, systolic, diastolic, _ = rows[int(line) - 1]
        assert time == t
        assert (spo2 == saturation) if spo2 else ((sys, dia) == (systolic, diastolic))


def test_an_uneventful_session_has_no_alarm() -> None:
    assert expected("uneventful")["event"] == []
