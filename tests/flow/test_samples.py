"""The sample sessions give exactly the alarms worked out by hand from rules.md."""

import tomllib
from pathlib import Path

import pytest

from alerts.engine import Engine
from alerts.journal import snake
from alerts.model import Event, OccurrenceEvent, Phase
from alerts.profiles import load_profile
from dashboard.recordings import file_inputs
from ingest.model import micros
from ingest.sources.csv import CsvSource

SESSIONS = Path(__file__).parents[2] / "sample_data" / "sessions"


@pytest.mark.parametrize("name", ["uneventful", "hypertensive-surge", "desaturation"])
def test_the_engine_agrees_with_the_hand(name: str) -> None:
    engine = Engine(load_profile("iv-ketamine"))
    inputs = file_inputs(CsvSource(str(SESSIONS / f"{name}.csv")), Phase.INFUSION)
    events: list[Event] = [event for input_ in inputs for event in engine.step(input_)]
    expected = tomllib.loads((SESSIONS / f"{name}.expected.toml").read_text("utf-8")).get("event", [])
    assert [
        (e.t, snake(e), e.occurrence.rule, e.occurrence.priority.word) for e in events if isinstance(e, OccurrenceEvent)
    ] == [(micros(row["t"]), row["event"], row["rule"], row["priority"]) for row in expected]
