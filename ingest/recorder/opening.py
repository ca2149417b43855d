"""Open the record for one session, say how earlier ones ended, and let go of it in the end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import platformdirs

from ingest.recorder import Recorder, Session, SessionFacts
from ingest.recorder.sqlite import SqliteRecorder


def data_directory(given: str | None) -> Path:
    """Where the record lies: as given, else where this system keeps a user's data."""
    return Path(given) if given else Path(platformdirs.user_data_dir("dripwatch", appauthor=False))


def program_version() -> str:
    """The version a session is recorded with."""
    return version("dripwatch")


@contextmanager
def recording(
    directory: Path,
    facts: SessionFacts,
    say: Callable[[str], object],
    on_commit: Callable[[int], None] = lambda seq: None,
    on_trouble: Callable[[str | None], None] = lambda message: None,
) -> Iterator[Recorder]:
    """A recorder whose session has begun; `say` is told what people should know. RecordError if it cannot be."""
    with _opened(directory, on_commit, on_trouble) as (recorder, interrupted):
        for old in interrupted:
            say(f"note: {how_it_was_interrupted(old)}")
        say(f"Recording session {recorder.begin(facts).id} in {directory}")
        yield recorder


@contextmanager
def going_on(
    directory: Path,
    session: Session,
    say: Callable[[str], object],
    on_commit: Callable[[int], None] = lambda seq: None,
    on_trouble: Callable[[str | None], None] = lambda message: None,
) -> Iterator[Recorder]:
    """A recorder that goes on with an interrupted session. RecordError if it cannot be, or was not interrupted."""
    with _opened(directory, on_commit, on_trouble) as (recorder, interrupted):
        for old in interrupted:
            if old.id != session.id:
                say(f"note: {how_it_was_interrupted(old)}")
        say(f"Going on with session {recorder.resume(session).id} in {directory}")
        yield recorder


@contextmanager
def _opened(
    directory: Path, on_commit: Callable[[int], None], on_trouble: Callable[[str | None], None]
) -> Iterator[tuple[Recorder, Sequence[Session]]]:
    """A recorder before its session, and the sessions it found without an end."""
    recorder = SqliteRecorder(directory, on_commit=on_commit, on_trouble=on_trouble)
    try:
        yield recorder, recorder.close_interrupted()
    finally:
        recorder.close()


def how_it_was_interrupted(session: Session) -> str:
    """One line about a session that nobody ended."""
    started = f"{session.started.astimezone():%Y-%m-%d %H:%M}"
    length = timedelta(seconds=session.last_t // 1_000_000)
    return (
        f"session {session.id} ({session.bed}, {started}) was interrupted after {length}; "
        "what it had recorded until then is kept"
    )
