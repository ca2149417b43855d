"""Which session may go on, with what, and what is said of it; one line for all that cannot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.profiles import load_profile
from dashboard.__main__ import main
from dashboard.resuming import goes_on_at, hint, interrupted_session, reopened
from ingest.model import SECOND, DeviceConfiguration, Observation, Signal
from ingest.recorder import SessionFacts
from ingest.recorder.record import open_record
from ingest.recorder.sqlite import SqliteRecorder
from ingest.sources import Mode, SourceError

PROFILE = load_profile("iv-ketamine")
NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
FACTS = SessionFacts(
    bed="Room 2",
    mode=Mode.LIVE,
    started=NINE,
    profile=PROFILE.name,
    profile_toml=PROFILE.text,
    sources=("csv:gone.csv?follow=1",),
    version="0",
)
LAST = 600 * SECOND

Record = Callable[..., Path]
Refused = Callable[..., str]


@pytest.fixture
def recorded(tmp_path: Path) -> Record:
    """Adds a session that lasted ten minutes to the record in `data`; without `reason` nobody ended it."""

    def record(reason: str | None = None, *, mode: Mode = Mode.LIVE, started: datetime = NINE) -> Path:
        recorder = SqliteRecorder(tmp_path / "data")
        recorder.close_interrupted()
        recorder.begin(replace(FACTS, mode=mode, started=started))
        recorder.take(1, DeviceConfiguration(0, "oximeter", frozenset({Signal.SPO2})))
        recorder.take(2, Observation(LAST, "oximeter", Signal.SPO2, 97))
        if reason:
            recorder.finish(LAST, reason)
        recorder.close()
        return tmp_path / "data"

    return record


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Refused:
    """The one line `dripwatch run ...` says when it cannot, after what it noted; with status 2."""

    def run(*arguments: str, status: int = 2) -> str:
        given = ["run", *arguments, "--data", str(tmp_path / "data"), "--no-browser", "--port", "0"]
        assert main(given) == status
        return capsys.readouterr().err.splitlines()[-1]

    return run


# Which session


def test_an_interrupted_session_may_go_on_whether_or_not_a_later_start_has_said_so(recorded: Record) -> None:
    data = str(recorded())
    assert interrupted_session("last", data)[1].end_reason is None
    recorded("stopped")
    assert interrupted_session("1", data)[1].end_reason == "interrupted"


@pytest.mark.parametrize("reason", ["stopped", "source ended"])
def test_a_session_that_has_ended_is_over(recorded: Record, refused: Refused, reason: str) -> None:
    recorded(reason)
    assert refused("--resume") == f"dripwatch: session 1 has ended ({reason}): begin a new one with --source"


@pytest.mark.parametrize("mode", [Mode.SIMULATED, Mode.REPLAY])
def test_only_live_lines_can_be_listened_to_again(recorded: Record, refused: Refused, mode: Mode) -> None:
    recorded(mode=mode)
    assert refused("--resume") == f"dripwatch: session 1 is not live ({mode}) and cannot be resumed: begin a new one"


def test_there_has_to_be_one(recorded: Record, refused: Refused) -> None:
    assert "no record in" in refused("--resume")
    recorded()
    assert "has no session '7'" in refused("--resume", "7")


def test_a_session_that_another_program_writes_is_left_alone(
    recorded: Record, refused: Refused, tmp_path: Path
) -> None:
    data = recorded()
    other = SqliteRecorder(data)
    assert "is in use by another dripwatch" in refused("--resume", status=1)
    other.close()
    assert open_record(data).session("1").end_reason is None


# With what


def test_a_run_needs_a_source_or_a_session(refused: Refused) -> None:
    assert (
        refused() == "dripwatch: run: name a source with --source, or go on with an interrupted session with --resume"
    )


@pytest.mark.parametrize("option", [["--bed", "Room 3"], ["--profile", "older-adult"], ["--phase", "setup"]])
def test_what_the_session_was_begun_with_stays(recorded: Record, refused: Refused, option: list[str]) -> None:
    recorded()
    assert refused("--resume", *option).endswith("leave --bed, --profile and --phase out")


def test_a_source_that_is_gone_is_named_and_the_session_may_still_go_on(recorded: Record, refused: Refused) -> None:
    data = recorded()
    assert refused("--resume").startswith("dripwatch: gone.csv: cannot be read")
    assert interrupted_session("last", str(data))[1].last_t == LAST


def test_sources_given_anew_are_live_and_have_the_names_the_session_knows(tmp_path: Path) -> None:
    table = tmp_path / "bed.csv"
    table.write_text("time_s,spo2\n0,97\n")
    with pytest.raises(SourceError, match="with live sources only"):
        reopened([f"csv:{table}"], LAST, {"bed"})
    with pytest.raises(SourceError, match=r"the session has oximeter: give a --source for each, with that name"):
        reopened([f"csv:{table}?follow=1"], LAST, {"oximeter"})
    (source,) = reopened([f"csv:{table}?follow=1&name=oximeter"], LAST, {"oximeter"})
    assert (source.name, source.backlog, source.mode) == ("oximeter", LAST, Mode.LIVE)


# When


@pytest.mark.parametrize(
    ("later", "at"),
    [
        (timedelta(minutes=12), 720 * SECOND),
        (timedelta(minutes=10), LAST + 1),  # at once
        (timedelta(minutes=-50), LAST + 1),  # the clock of the machine was put back by an hour
    ],
)
def test_the_clock_of_the_session_goes_on_and_never_back(recorded: Record, later: timedelta, at: int) -> None:
    assert goes_on_at(open_record(recorded()).session("last"), NINE + later) == at


# What a new session says about the one before


def test_a_session_interrupted_up_to_half_an_hour_ago_is_offered(recorded: Record) -> None:
    data = recorded()  # until 9:10
    recorded("stopped")
    assert hint(data, NINE + timedelta(minutes=40)) == (
        "note: session 1 can be resumed: end this one, then: dripwatch run --resume 1"
    )
    assert hint(data, NINE + timedelta(minutes=40, seconds=1)) is None


@pytest.mark.parametrize(("reason", "mode"), [("stopped", Mode.LIVE), (None, Mode.SIMULATED)])
def test_no_other_is(recorded: Record, reason: str | None, mode: Mode) -> None:
    recorded(reason, mode=mode)
    data = recorded("stopped")
    assert hint(data, NINE + timedelta(minutes=11)) is None


def test_the_first_session_has_none_before_it(recorded: Record) -> None:
    assert hint(recorded("stopped"), NINE) is None
