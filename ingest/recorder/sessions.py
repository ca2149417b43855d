"""The session table: begun, listed, ended, gone on with. Used by the writing and the reading side."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, ScalarSelect, Table, func, insert, select, update

from ingest.recorder import INTERRUPTED, RecordError, Session, SessionFacts
from ingest.recorder.rows import storable
from ingest.recorder.schema import DEVICE, ENTRY, GAP, OBSERVATION, RAW, SENT, SESSION, WAVE
from ingest.sources import Mode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def begin(connection: Connection, facts: SessionFacts) -> Session:
    """Insert a session that runs. ValueError when `started` is naive."""
    if facts.started.tzinfo is None:
        raise ValueError("a session's start needs its time zone")
    connection.execute(
        insert(SESSION).values(
            uuid=str(uuid4()),
            bed=storable(facts.bed),
            mode=str(facts.mode),
            started_us=(facts.started - _EPOCH) // _MICROSECOND,
            profile=storable(facts.profile),
            profile_toml=storable(facts.profile_toml),
            profile_sha256=hashlib.sha256(storable(facts.profile_toml).encode()).hexdigest(),
            sources=json.dumps(facts.sources),
            version=facts.version,
            speed=facts.speed,
        )
    )
    return read(connection)[-1]


def read(connection: Connection) -> list[Session]:
    """Every session, oldest first."""
    last = [_last_t(table).label(f"last_{table.name}") for table in (OBSERVATION, DEVICE, ENTRY)]
    return [_session(row) for row in connection.execute(select(SESSION, *last).order_by(SESSION.c.id))]


def end(connection: Connection, session_id: int, t: int, reason: str) -> None:
    """Mark a session as ended at `t`, in microseconds of its clock."""
    ended = update(SESSION).where(SESSION.c.id == session_id)
    connection.execute(ended.values(ended_t_us=t, end_reason=storable(reason)))


def end_interrupted(connection: Connection) -> list[Session]:
    """End every session that has no end at its last recorded `t`; return them as they are now."""
    left = [session for session in read(connection) if session.ended_t is None]
    for session in left:
        end(connection, session.id, session.last_t, INTERRUPTED)
    return [replace(session, ended_t=session.last_t, end_reason=INTERRUPTED) for session in left]


def resume(connection: Connection, session_id: int) -> tuple[Session, int]:
    """Take the end away from an interrupted session: the session as it is now, and its highest number so far."""
    is_left = SESSION.c.end_reason.is_(None) | (SESSION.c.end_reason == INTERRUPTED)
    left = update(SESSION).where(SESSION.c.id == session_id, is_left)
    if not connection.execute(left.values(ended_t_us=None, end_reason=None)).rowcount:
        raise RecordError(f"session {session_id} was not interrupted: begin a new one")
    session = next(session for session in read(connection) if session.id == session_id)
    numbers = [table.c.seq for table in (OBSERVATION, DEVICE, WAVE, RAW, SENT, ENTRY)]
    newest = [
        connection.execute(select(func.max(number)).where(number.table.c.session_id == session_id)).scalar_one()
        for number in (*numbers, GAP.c.last_seq)
    ]
    return session, max(number or 0 for number in newest)


def _last_t(table: Table) -> ScalarSelect[int]:
    newest = select(table.c.t_us).where(table.c.session_id == SESSION.c.id).order_by(table.c.seq.desc()).limit(1)
    return newest.correlate(SESSION).scalar_subquery()


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        uuid=row.uuid,
        bed=row.bed,
        mode=Mode(row.mode),
        started=_EPOCH + row.started_us * _MICROSECOND,
        profile=row.profile,
        profile_toml=row.profile_toml,
        profile_sha256=row.profile_sha256,
        sources=tuple(json.loads(row.sources)),
        version=row.version,
        speed=row.speed,
        last_t=max(row.last_observation or 0, row.last_device or 0, row.last_entry or 0),
        ended_t=row.ended_t_us,
        end_reason=row.end_reason,
    )
