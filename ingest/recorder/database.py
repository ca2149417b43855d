"""The SQLite file: where it lies, how it is opened, and whether it is ours.

One connection writes and checkpoints, readers cannot; memory mapping stays off (an I/O error would
kill the process). Measurements behind the settings: docs/decisions/0004-the-record.md.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ingest.recorder import RecordError
from ingest.recorder.schema import APPLICATION_ID, METADATA, VERSION

FILE = "dripwatch.sqlite"

CHECKED_AT_START = 256 * 1024 * 1024
"""Bytes up to which the whole file is checked at every start: 3 ms a MiB, so under a second."""

COMMON = ("foreign_keys = ON", "busy_timeout = 5000", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0")
WRITER = (
    *COMMON,
    "journal_mode = WAL",
    "synchronous = FULL",  # NORMAL loses minutes of acknowledged data in a power cut
    "fullfsync = ON",  # macOS: through the drive's cache; no effect elsewhere
    "wal_autocheckpoint = 1000",
    f"journal_size_limit = {8 * 1024 * 1024}",
)
READER = (*COMMON, "query_only = ON", "wal_autocheckpoint = 0")

ADVICE = {
    "full": "make room on that disk",
    "No space": "make room on that disk",
    "locked": "close the program that has the file open",
    "malformed": "keep the file for repair and choose another directory with --data",
    "I/O error": "check the disk, or choose another directory with --data",
}
"""What to do, by a word of the system's own message."""

ELSE = "check that it may be written, or choose another directory with --data"


def plain(error: Exception) -> str:
    """The system's own words, in one line."""
    match error:
        case DBAPIError(orig=cause) if cause is not None:
            return str(cause)
        case OSError(strerror=str(words)):
            return words
        case _:
            return (str(error) or type(error).__name__).partition("\n")[0]


def explained(what: str, error: Exception) -> str:
    """One line: what does not work, why, and what to do."""
    reason = plain(error)
    advice = next((advice for word, advice in ADVICE.items() if word in reason), ELSE)
    return f"{what}: {reason}; {advice}"


@contextlib.contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn the errors of disk and database into a RecordError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise RecordError(explained(what, error)) from error


def writer(path: Path) -> Engine:
    """The engine that writes; the file is made, for this user alone, when it is not there."""
    if not path.exists():  # never opened by hand when it is there: closing it would drop SQLite's own locks
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    blank = not _is_ours(path)
    path.chmod(0o600)
    engine = _engine(path, "rw", WRITER, "BEGIN IMMEDIATE")
    with engine.begin() as connection:
        if _pragma(connection, "journal_mode") != "wal":
            raise RecordError(f"{path} cannot be used safely on this file system: choose a local disk with --data")
        METADATA.create_all(connection)
        if blank:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
    return engine


def reader(path: Path) -> Engine:
    """An engine that can only read, also while another process writes."""
    if not path.exists() or not _is_ours(path):
        raise RecordError(f"no record in {path.parent}: record a session first, or name its directory with --data")
    return _read_only(path)


def check(path: Path) -> None:
    """Refuse a damaged file; a file above CHECKED_AT_START is not read through."""
    if path.stat().st_size > CHECKED_AT_START:
        return
    with _read_only(path).begin() as connection:
        found = _pragma(connection, "quick_check(1)")
    if found != "ok":
        raise RecordError(f"the record {path} is damaged ({plain(Exception(found))}); {ADVICE['malformed']}")


def _is_ours(path: Path) -> bool:
    """True for a record, False for a file still without anything; RecordError for any other file.

    Read-only, so that somebody else's database is not touched.
    """
    try:
        with _read_only(path).begin() as connection:
            application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
            tables = inspect(connection).get_table_names()
    except DBAPIError as error:
        if "not a database" not in plain(error):
            raise
        application, version, tables = None, None, ["?"]
    if (application, version, tables) == (0, 0, []):
        return False
    if application != APPLICATION_ID:
        raise RecordError(f"{path} is not a Dripwatch record: move it away, or choose another directory with --data")
    if not isinstance(version, int) or version > VERSION:
        raise RecordError(
            f"{path} was written by a newer Dripwatch (record version {version}, this one knows {VERSION}): "
            "update Dripwatch, or choose another directory with --data"
        )
    return True


def _read_only(path: Path) -> Engine:
    return _engine(path, "ro", READER, "BEGIN")


def _engine(path: Path, mode: Literal["ro", "rw"], pragmas: Sequence[str], begin: str) -> Engine:
    """An engine without a pool. sqlite3's own transactions are off; SQLAlchemy's begin with `begin`."""
    engine = create_engine("sqlite://", creator=_connector(path, mode, pragmas), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connector(path: Path, mode: str, pragmas: Sequence[str]) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return connect


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
