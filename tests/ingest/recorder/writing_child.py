"""A program that records until it is killed, and says what it offered and what was confirmed.

`writing_child.py DIRECTORY NOTES [liar]`: every NOTES-th is a command (0: none). A liar confirms what it
has only offered, and never commits: the test that kills it must notice.
"""

import itertools
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from ingest.model import NibpReading, Observation, Reading, Signal
from ingest.recorder import Entry, SessionFacts
from ingest.recorder.sqlite import SqliteRecorder
from ingest.sources import Mode

FACTS = SessionFacts(
    bed="1",
    mode=Mode.SIMULATED,
    started=datetime(2026, 3, 1, tzinfo=UTC),
    profile="iv-ketamine",
    profile_toml="",
    sources=("sim:calm",),
    version="0",
)
COMMAND_NAME = "set_limit"


def reading(seq: int) -> Reading:
    """The reading that is number `seq`, whoever asks."""
    t = seq * 10_000
    if seq % 50 == 0:
        return NibpReading(t, "cuff", 100.0 + seq % 60, 60.0 + seq % 30, None, None if seq % 100 else "motion")
    return Observation(t, "probe", Signal.SPO2, None if seq % 9 == 0 else 80.0 + seq % 20)


def command(seq: int) -> Entry:
    """The command that is number `seq`."""
    return Entry(seq, seq * 10_000, "command", COMMAND_NAME, "nurse", f'{{"limit":{seq}}}')


class Never(threading.Event):
    """A second that does not pass."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait()


def say(word: str, number: int) -> None:
    """One line in one piece: two threads speak."""
    os.write(1, f"{word} {number}\n".encode())


def main(directory: Path, notes: int, *, liar: bool) -> None:
    """Record for ever."""
    recorder = SqliteRecorder(
        directory, on_commit=lambda seq: say("confirmed", seq), wake=Never() if liar else threading.Event()
    )
    say("session", recorder.begin(FACTS).id)
    pace = threading.Event()
    for seq in itertools.count(1):
        if notes and seq % notes == 0:
            recorder.note(command(seq))
        else:
            recorder.take(seq, reading(seq))
        say("confirmed" if liar else "offered", seq)
        pace.wait(0.001)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), liar="liar" in sys.argv)
