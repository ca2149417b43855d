"""A recording by name: a CSV file, or a session of the record. What `check`, `replay` and `sessions` share."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from alerts.journal import read_command
from alerts.model import End, Input, Phase, SetPhase
from alerts.profiles import load_profile
from alerts.rules import Profile, parse_profile
from ingest.recorder import Entry, Session
from ingest.recorder.record import Record, open_record
from ingest.sources import Source
from ingest.sources.url import open_source

COMMAND_LINE = "command line"
"""Who gave a command that came with the start of the program."""


def data_directory(given: str | None) -> Path:
    """Where the record lies: as given, else where this system keeps a user's data."""
    return Path(given) if given else Path(platformdirs.user_data_dir("dripwatch", appauthor=False))


def is_file(target: str) -> bool:
    """Whether `target` names a file or a source rather than a session of the record."""
    return ":" in target or target == "-" or Path(target).suffix != "" or Path(target).exists()


@dataclass(frozen=True, slots=True)
class Recording:
    """Inputs in their order, the last an End; and what is known about them. `notes` are complete once they are read."""

    name: str
    inputs: Iterator[Input]
    profile: Profile
    source: Source | None = None
    session: Session | None = None

    def notes(self) -> list[str]:
        """Remarks for people about the recording."""
        return self.source.notes() if self.source else []


def open_recording(target: str, data: str | None, profile: str | None, phase: Phase) -> Recording:
    """A CSV file judged in `phase`, or a recorded session with its own phases and, unless named, its own profile."""
    if is_file(target):
        source = open_source("csv:-" if target == "-" else target)
        return Recording(source.name, file_inputs(source, phase), load_profile(profile or "iv-ketamine"), source)
    record = open_record(data_directory(data))
    session = record.session(target)
    rules = load_profile(profile) if profile else parse_profile(session.profile_toml, session.profile)
    return Recording(f"session {session.id}", session_inputs(record, session), rules, session=session)


def file_inputs(source: Source, phase: Phase) -> Iterator[Input]:
    """A file's readings, judged in `phase` from the first row to the last."""
    yield SetPhase(0, COMMAND_LINE, phase)
    t = 0
    for reading in source.readings():
        if reading is not None:
            t = reading.t
            yield reading
    yield End(t)


def session_inputs(record: Record, session: Session) -> Iterator[Input]:
    """What the engine was given in a recorded session, in the order it took it."""
    for item in record.inputs(session):
        yield read_command(item) if isinstance(item, Entry) else item[1]
    yield End(session.last_t if session.ended_t is None else session.ended_t)
