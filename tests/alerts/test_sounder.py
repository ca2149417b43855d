"""The station's own sound: what it asks for, and that whatever happens to the output is seen and holds up nothing."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.model import Occurrence, OccurrenceState, Priority
from alerts.snapshot import Snapshot
from alerts.sounder import HUNG_S, LATE_S, STILL, Sounder, Speaker


class FakeStation:
    def __init__(self) -> None:
        self.snapshot = Snapshot()


class FakeOutput:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.why: str | None = None
        self.is_closed = False
        self.sent = threading.Event()

    def send(self, line: str) -> None:
        self.lines.append(line)
        self.sent.set()

    def trouble(self) -> str | None:
        return self.why

    def close(self) -> None:
        self.is_closed = True


class Bedside:
    """A station in the test's hands, its sounder, and what the output was told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.station = FakeStation()
        self.output = FakeOutput()
        self.sounder = Sounder(self.station, self.output, lambda: self.now)

    def says(self, snapshot: Snapshot) -> str:
        """The line that follows when the station publishes this."""
        self.station.snapshot = replace(snapshot)
        return self.says_again()

    def says_again(self) -> str:
        self.sounder.turn()
        return self.output.lines[-1]


@pytest.fixture
def bedside() -> Bedside:
    return Bedside()


def alarm(id_: int, priority: Priority, state: OccurrenceState = OccurrenceState.RAISED) -> Occurrence:
    return Occurrence(id_, f"X-{id_}", priority, f"signal {id_}", None, None, None, "", 0, state=state)


LOW, HIGH = alarm(1, Priority.LOW), alarm(2, Priority.HIGH)
KNOWN = alarm(3, Priority.HIGH, OccurrenceState.ACKNOWLEDGED)


def test_the_highest_alarm_is_heard(bedside: Bedside) -> None:
    assert bedside.says(Snapshot()) == "information"
    assert bedside.says(Snapshot(occurrences=(LOW,))) == "low"
    assert bedside.says(Snapshot(occurrences=(LOW, HIGH))) == "high"
    assert bedside.says(Snapshot(occurrences=(LOW, KNOWN))) == "low"


def test_the_audio_pause_and_the_end_silence(bedside: Bedside) -> None:
    assert bedside.says(Snapshot(occurrences=(HIGH,), paused_until=5)) == "information"
    assert bedside.says(Snapshot(occurrences=(HIGH,), is_ended=True)) == "information"


def test_a_reminder_sounds_once_and_not_while_paused(bedside: Bedside) -> None:
    said = [bedside.says(Snapshot(occurrences=(KNOWN,), reminders=n)) for n in (0, 1, 1, 2, 2)]
    assert said == ["information", "information remind", "information", "information remind", "information"]
    assert bedside.says(Snapshot(occurrences=(KNOWN,), reminders=3, paused_until=5)) == "information"
    assert bedside.says(Snapshot(occurrences=(KNOWN,), reminders=3)) == "information"


def test_a_station_that_stands_still_for_three_seconds_is_heard_whatever_it_said_last(bedside: Bedside) -> None:
    bedside.says(Snapshot(occurrences=(HIGH,), paused_until=5))
    assert [bedside.says_again() for _ in range(STILL)] == ["information"] * (STILL - 1) + ["medium"]
    assert bedside.says(Snapshot(occurrences=(HIGH,))) == "high"  # and it is believed again at once
    assert [bedside.says_again() for _ in range(STILL + 1)][-1] == "high"


def test_trouble_is_the_outputs_or_that_nobody_looks_any_more(bedside: Bedside) -> None:
    bedside.says(Snapshot())
    assert bedside.sounder.trouble() is None
    bedside.output.why = "no loudspeaker"
    assert bedside.sounder.trouble() == "no loudspeaker"
    bedside.output.why = None
    bedside.now += LATE_S + 0.1
    assert bedside.sounder.trouble() == "the sounder has stopped"
    bedside.says(Snapshot())
    assert bedside.sounder.trouble() is None


def test_the_thread_looks_survives_a_failure_and_closes_the_output(caplog: pytest.LogCaptureFixture) -> None:
    bedside = Bedside()
    bedside.station.snapshot = None  # type: ignore[assignment]
    with bedside.sounder:
        until(lambda: "the sounder failed" in caplog.text)
        bedside.station.snapshot = Snapshot(occurrences=(HIGH,))
        assert bedside.output.sent.wait(5)
        bedside.output.why = "no loudspeaker"
        until(lambda: "alarm sound: no loudspeaker" in caplog.text)
    assert bedside.output.lines[0] == "high"
    assert bedside.output.is_closed


# The process at the other end of the line

ECHO = "import sys\nfor line in sys.stdin:\n  print(line.strip(), flush=True)\n  if line == 'end\\n': break"
DIES = "print('no loudspeaker')"
CRASHES = "import os; os._exit(3)"
HANGS = "import sys; sys.stdout.write('ok\\n'); sys.stdout.flush(); import threading; threading.Event().wait()"


class Line:
    """A speaker whose process is a few words of Python, and whose clock the test moves."""

    def __init__(self, program: str) -> None:
        self.now = 100.0
        self.speaker = Speaker((sys.executable, "-c", program), lambda: self.now, again_s=0.01)

    def says(self, why: str | None) -> None:
        until(lambda: self.speaker.trouble() == why)


@pytest.fixture
def line() -> Iterator[Callable[[str], Line]]:
    lines: list[Line] = []

    def make(program: str) -> Line:
        lines.append(Line(program))
        return lines[-1]

    yield make
    for made in lines:
        made.speaker.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def send_until(line: Line, word: str, holds: Callable[[], bool]) -> None:
    """Lines may be lost while no process is there; they come again ten times a second."""

    def sends() -> bool:
        line.speaker.send(word)
        return holds()

    until(sends)


def test_heard_is_what_the_process_says_itself_and_not_for_long(line: Callable[[str], Line]) -> None:
    echo = line(ECHO)
    assert echo.speaker.trouble() == "the sound output is not open yet"
    send_until(echo, "ok", lambda: echo.speaker.trouble() is None)
    echo.now += LATE_S + 0.1
    echo.says("the sound output does not answer")
    send_until(echo, "ok", lambda: echo.speaker.trouble() is None)


def test_a_process_that_ends_says_why(line: Callable[[str], Line]) -> None:
    line(DIES).says("no loudspeaker")
    line(CRASHES).says("the sound process ended (3)")


def test_a_process_that_ends_is_started_again_and_again(line: Callable[[str], Line], tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    line(f"with open({str(starts)!r}, 'a') as file: file.write('.')")
    until(lambda: starts.exists() and len(starts.read_text("utf-8")) >= 3)


def test_a_process_that_hangs_is_replaced(line: Callable[[str], Line]) -> None:
    hangs = line(HANGS)
    hangs.says(None)
    hangs.now += HUNG_S + 0.1
    hangs.says("the sound output does not answer")
    hangs.speaker.send("high")
    hangs.says(None)  # the next one


def test_a_process_that_cannot_be_started_is_trouble_and_no_more() -> None:
    speaker = Speaker(("no-such-program",), again_s=0.01)
    until(lambda: str(speaker.trouble()).startswith("the sound process cannot be started"))
    speaker.send("high")
    speaker.close()


def test_closing_does_not_wait_for_a_process_that_does_not_listen(line: Callable[[str], Line]) -> None:
    deaf = line(HANGS)
    deaf.says(None)
    begun = time.monotonic()
    deaf.speaker.close()
    assert time.monotonic() - begun < 5
