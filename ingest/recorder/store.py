"""The writing side of the file, step by step: no thread, no queue, one connection."""

import contextlib
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from ingest.recorder import RecordError, Session, SessionFacts, database, sessions
from ingest.recorder.lock import Lock
from ingest.recorder.rows import Values

ROOM = 32 * 1024 * 1024
"""Bytes that must be free at the start: a few sessions, and opening a log on a full disk can kill (SIGBUS)."""


class Store:
    """The record in `directory`, made if it is not there. RecordError when it cannot be used."""

    def __init__(self, directory: Path) -> None:
        path = directory / database.FILE
        with database.refusing(f"cannot use the data directory {directory}"):
            if not directory.exists():
                directory.mkdir(mode=0o700, parents=True)
            _expect_room(directory)
            self._lock = Lock(directory)
        try:
            with database.refusing(f"cannot open the record {path}"):
                self._engine = database.writer(path)
                database.check(path)
                self._connection = self._engine.connect()
        except BaseException:
            self._lock.release()
            raise
        self._path = path

    def close_interrupted(self) -> list[Session]:
        """End what earlier runs left open."""
        with database.refusing(f"cannot write the record {self._path}"), self._connection.begin():
            return sessions.end_interrupted(self._connection)

    def begin(self, facts: SessionFacts) -> Session:
        """Insert and commit a session."""
        with database.refusing(f"cannot write the record {self._path}"), self._connection.begin():
            return sessions.begin(self._connection, facts)

    def resume(self, session_id: int) -> tuple[Session, int]:
        """Take the end away from an interrupted session, and commit; with its highest number so far."""
        with database.refusing(f"cannot write the record {self._path}"), self._connection.begin():
            return sessions.resume(self._connection, session_id)

    def write(self, session: int, rows: Iterable[tuple[Table, Values]], end: tuple[int, str] | None = None) -> None:
        """One transaction; it is durable when this returns. Writing the same again changes nothing.

        A commit that failed may still have reached the disk, so rows that are there are passed over.
        """
        tables: defaultdict[Table, list[Values]] = defaultdict(list)
        for table, values in rows:
            tables[table].append({"session_id": session, **values})
        with self._connection.begin():
            for table, group in tables.items():
                self._connection.execute(insert(table).on_conflict_do_nothing(), group)
            if end:
                sessions.end(self._connection, session, *end)

    def reconnect(self) -> None:
        """Write over a fresh connection from now on.

        The new one is opened first: closing the last would remove the shared memory file, and a full
        disk has no room to make it again (reliability.md 3.6).
        """
        old, self._connection = self._connection, self._engine.connect()
        with contextlib.suppress(SQLAlchemyError):
            old.close()

    def close(self) -> None:
        """Close the file (SQLite then folds its log into it) and let another process have it."""
        with contextlib.suppress(SQLAlchemyError):
            self._connection.close()
        self._lock.release()


def _expect_room(directory: Path) -> None:
    free = shutil.disk_usage(directory).free
    if free < ROOM:
        mebi = 1024 * 1024
        raise RecordError(
            f"only {free // mebi} MiB are free where {directory} lies and {ROOM // mebi} are needed: "
            "make room on that disk, or choose another directory with --data"
        )
