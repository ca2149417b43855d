"""Reading the record: sessions, and what was taken in them in the order it was taken.

Every question is one short read-only transaction over a connection of its own. Long answers come in
pages, so that no transaction is open while the caller works: a reader that held one through a
session would keep the writer from ever emptying its log (reliability.md 3.5).
"""

import contextlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, func, select

from ingest.model import Reading
from ingest.recorder import Entry, Gap, RecordError, Session, database, sessions
from ingest.recorder.rows import device, entry, measured, raw, sent, wave
from ingest.recorder.schema import DEVICE, ENTRY, GAP, OBSERVATION, RAW, SENT, WAVE

PAGE = 2000
"""Positions of the record read in one transaction."""

PREFIX = 4
"""Characters that name a uuid: with fewer, a session number that is not there could hit another session."""


def open_record(directory: Path) -> "Record":
    """The record in `directory`, to be read; RecordError when there is none that this program can read."""
    path = directory / database.FILE
    with database.refusing(f"cannot read the record {path}"):
        return Record(path, database.reader(path))


class Record:
    """What is in the file at `path`. RecordError when it cannot be read."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path
        self._engine = engine

    def sessions(self) -> list[Session]:
        """Every session, oldest first; one without an end runs now or was interrupted."""
        with self._reading() as connection:
            return sessions.read(connection)

    def session(self, key: str) -> Session:
        """A session by its id, by the first characters of its uuid (PREFIX or more), or `last`.

        RecordError if that is not exactly one.
        """
        known = self.sessions()
        if key == "last":
            found = known[-1:]
        else:
            by_id = [session for session in known if str(session.id) == key]
            found = by_id or [session for session in known if len(key) >= PREFIX and session.uuid.startswith(key)]
        if len(found) == 1:
            return found[0]
        problem = f"{len(found)} sessions of {self._path} begin with" if found else f"{self._path} has no session"
        raise RecordError(f"{problem} {key!r}: name one by its number, as 'dripwatch sessions list' shows it")

    def inputs(self, session: Session) -> Iterator[tuple[int, Reading] | Entry]:
        """What the engine was given: readings with their `seq`, and commands, in the order they were taken.

        Of a session that still runs: what was committed when this was first asked.
        """
        tables = (OBSERVATION, DEVICE, WAVE, RAW, SENT, ENTRY)
        for observations, devices, waves, chunks, orders, entries in self._pages(session, *tables):
            page: list[tuple[int, Reading] | Entry] = [
                *((seq, measured(list(rows))) for seq, rows in groupby(observations, _seq)),
                *((row.seq, device(row)) for row in devices),
                *((row.seq, wave(row)) for row in waves),
                *((row.seq, raw(row)) for row in chunks),
                *((row.seq, sent(row)) for row in orders),
                *(entry(row) for row in entries if row.kind == "command"),
            ]
            yield from sorted(page, key=_position)

    def events(self, session: Session) -> Iterator[Entry]:
        """What followed from the inputs, as it was written at the time."""
        for (entries,) in self._pages(session, ENTRY):
            yield from (entry(row) for row in entries if row.kind == "event")

    def gaps(self, session: Session) -> list[Gap]:
        """What could not be kept."""
        chosen = select(GAP).where(GAP.c.session_id == session.id).order_by(GAP.c.first_seq, GAP.c.last_seq)
        with self._reading() as connection:
            return [Gap(row.first_seq, row.last_seq, row.reason) for row in connection.execute(chosen)]

    def _pages(self, session: Session, *tables: Table) -> Iterator[list[Sequence[Row[Any]]]]:
        """The rows of each table, one page of positions after another."""
        with self._reading() as connection:
            end = max(_last(connection, session, table) for table in tables)
        for first in range(1, end + 1, PAGE):
            with self._reading() as connection:
                page = [_page(connection, session, table, first) for table in tables]
            yield page

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with database.refusing(f"cannot read the record {self._path}"), self._engine.begin() as connection:
            yield connection


def _seq(row: Row[Any]) -> int:
    return int(row.seq)


def _position(item: tuple[int, Reading] | Entry) -> int:
    return item.seq if isinstance(item, Entry) else item[0]


def _last(connection: Connection, session: Session, table: Table) -> int:
    newest = select(func.max(table.c.seq)).where(table.c.session_id == session.id)
    return connection.execute(newest).scalar_one() or 0


def _page(connection: Connection, session: Session, table: Table, first: int) -> Sequence[Row[Any]]:
    seq = table.c.seq
    chosen = select(table).where(table.c.session_id == session.id, seq.between(first, first + PAGE - 1))
    return connection.execute(chosen.order_by(seq)).all()
