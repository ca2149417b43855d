"""A recording by name: a CSV file, or a session of the record. What `check`, `replay` and `sessions` share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.conditions import Reference
from alerts.engine import Engine
from alerts.journal import read_command
from alerts.model import BaselineSet, End, Event, Input, Phase, SetBaseline, SetPhase
from alerts.profile_files import parse_profile
from alerts.profiles import DEFAULT, load_profile
from alerts.rules import Profile
from alerts.session import COMMAND_LINE
from ingest.model import Reading, Tick
from ingest.recorder import Entry, RecordError, Session
from ingest.recorder.database import FILE
from ingest.recorder.opening import data_directory
from ingest.recorder.record import Record, open_record
from ingest.sources import Mode, Source, SourceError
from ingest.sources.url import open_source

TABLES = (".csv", ".tsv")
"""Endings of the files of a folder that are recordings."""


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
    gaps: Sequence[str] = ()

    def notes(self) -> list[str]:
        """Remarks for people about the recording."""
        return self.source.notes() if self.source else list(self.gaps)


def open_recording(
    target: str, data: str | None, profile: str | None, phase: Phase, baseline: SetBaseline | None = None
) -> Recording:
    """A CSV file judged in `phase` and against `baseline`, or a recorded session.

    A session has its own phases and baseline and, unless one is named, its own profile.
    """
    if is_file(target):
        source = open_source("csv:-" if target == "-" else target)
        if source.mode is Mode.LIVE:
            raise SourceError(f"{target}: a live stream has no end to check to: use a recording")
        return Recording(source.name, file_inputs(source, phase, baseline), load_profile(profile or DEFAULT), source)
    if baseline is not None:
        raise SourceError(f"--baseline is for a file: session {target} has its own")
    record, session = open_session(target, data)
    rules = load_profile(profile) if profile else recorded_profile(session)
    gaps = [f"inputs {gap.first} to {gap.last} are missing: {gap.reason}" for gap in record.gaps(session)]
    return Recording(f"session {session.id}", session_inputs(record, session), rules, session=session, gaps=gaps)


def rejected(recording: Recording, engine: Engine) -> int:
    """How many of its rows and values could not be used."""
    return engine.rejected + (recording.source.rejected if recording.source else 0)


def absences(engine: Engine, events: Iterable[Event]) -> Iterator[str]:
    """What a recording that `engine` has judged does not have, and which rules were therefore off (rules.md 3)."""
    if not engine.pressure.is_measured:
        yield "no NIBP: the overdue rule T-2 is off"
    elif not any(isinstance(event, BaselineSet) and event.sys is not None for event in events):
        relative = sorted(r.id for r in engine.profile.rule if any(c.base is Reference.BASELINE for c in r.comparisons))
        if relative:
            yield f"no baseline: {', '.join(relative)} are off where they need one"


def recordings_in(target: str) -> list[tuple[str, str | None]]:
    """The recordings of a folder, each with the data directory of its record: its tables, then its sessions.

    SourceError if there are none.
    """
    folder = Path(target)
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() in TABLES)
    found: list[tuple[str, str | None]] = [(str(path), None) for path in tables]
    if (folder / FILE).exists():
        found += [(session.uuid, target) for session in open_record(folder).sessions()]
    if not found:
        raise SourceError(f"{target}: a folder without CSV files and without a record: name one with recordings in it")
    return found


def open_session(key: str, data: str | None) -> tuple[Record, Session]:
    """A session of the record by its number, the beginning of its uuid, or "last"; SourceError if there is none."""
    try:
        record = open_record(data_directory(data))
        return record, record.session(key)
    except RecordError as error:
        raise SourceError(str(error)) from None


def recorded_profile(session: Session) -> Profile:
    """The profile a session was recorded with, as it was then."""
    if not session.profile_toml:
        raise SourceError(f"session {session.id} was recorded without a profile: name one with --profile")
    return parse_profile(session.profile_toml, session.profile)


def file_inputs(source: Source, phase: Phase, baseline: SetBaseline | None = None) -> Iterator[Input]:
    """A file's readings, judged in `phase` from the first row to the last."""
    if baseline is not None:
        yield baseline
    yield SetPhase(0, COMMAND_LINE, phase, COMMAND_LINE)
    t = 0
    for reading in source.readings():
        if reading is not None:
            t = reading.t
            yield reading
    yield End(t)


def session_inputs(record: Record, session: Session) -> Iterator[Input]:
    """What the engine was given in a recorded session, in the order it took it."""
    yield from _given(record, session)
    yield End(_end(session))


def _given(record: Record, session: Session) -> Iterator[Input]:
    for item in record.inputs(session):
        yield read_command(item) if isinstance(item, Entry) else item[1]


def _end(session: Session) -> int:
    return session.last_t if session.ended_t is None else session.ended_t


class ReplayedFile:
    """A file's source once more, at another speed and always marked REPLAY."""

    mode = Mode.REPLAY
    backlog = 0

    def __init__(self, source: Source, speed: float) -> None:
        self._source = source
        self.name = source.name
        self.speed = speed

    @property
    def rejected(self) -> int:
        """Rows that could not be used."""
        return self._source.rejected

    def readings(self) -> Iterator[Reading | None]:
        """The file's readings."""
        return self._source.readings()

    def notes(self) -> list[str]:
        """Remarks for people."""
        return self._source.notes()


class ReplayedSession:
    """A recorded session as a source: its readings and its commands, up to its end."""

    mode = Mode.REPLAY
    backlog = 0
    rejected = 0

    def __init__(self, record: Record, session: Session, speed: float) -> None:
        self._record = record
        self._session = session
        self.name = f"session {session.id}"
        self.speed = speed

    def readings(self) -> Iterator[Any]:
        """What the station was given then, commands too; the last is a Tick at the session's end."""
        yield from _given(self._record, self._session)
        yield Tick(_end(self._session))

    def notes(self) -> list[str]:
        """Remarks for people."""
        return []
