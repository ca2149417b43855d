"""A session that goes on after a crash: which may, from what it goes on, when, and with which sources."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from alerts.model import End
from alerts.past import Past
from dashboard.recordings import open_session, session_inputs
from ingest.model import RawBytes, SentBytes
from ingest.recorder import INTERRUPTED, Session
from ingest.recorder.record import Record, open_record
from ingest.sources import Mode, Source, SourceError, common_mode, common_speed
from ingest.sources.from_now import FromNow
from ingest.sources.playing import Listener
from ingest.sources.url import open_source

RECENT = timedelta(minutes=30)
"""So long after a session was interrupted the next start says that it can go on (D)."""

_MICROSECOND = timedelta(microseconds=1)


def interrupted_session(key: str, data: str | None) -> tuple[Record, Session]:
    """A session that can go on: of live lines, and without an end. SourceError says why another cannot."""
    record, session = open_session(key, data)
    if session.mode is not Mode.LIVE:
        raise SourceError(f"session {session.id} is not live ({session.mode}) and cannot be resumed: begin a new one")
    if session.end_reason not in (None, INTERRUPTED):
        raise SourceError(f"session {session.id} has ended ({session.end_reason}): begin a new one with --source")
    return record, session


def past(record: Record, session: Session, seq: int) -> Past:
    """What a session whose highest number is `seq` has come to. Bytes are left out: nothing is judged by them."""
    inputs = (i for i in session_inputs(record, session) if not isinstance(i, RawBytes | SentBytes | End))
    return Past(inputs, sum(1 for _ in record.events(session)), seq, session.last_t)


def goes_on_at(session: Session, now: datetime) -> int:
    """The session's time at `now`, microseconds; never before its last input, where a clock was put back."""
    return max((now - session.started) // _MICROSECOND, session.last_t + 1)


def reopened(urls: Sequence[str], at: int, known: Collection[str]) -> list[Source]:
    """The sources of a session that goes on at `at`: live, under the names it knows; SourceError otherwise."""
    sources = [open_source(url) for url in urls]
    common_speed(sources)
    if common_mode(sources) is not Mode.LIVE:
        raise SourceError("a live session goes on with live sources only: serial:PORT?device=NAME or csv:PATH?follow=1")
    if absent := sorted(set(known) - {source.name for source in sources}):
        raise SourceError(f"the session has {', '.join(absent)}: give a --source for each, with that name (?name=)")
    return [source if isinstance(source, Listener) else FromNow(source, at) for source in sources]


def hint(directory: Path, now: datetime) -> str | None:
    """What the start of a new session says about the one before it; None when there is nothing to say."""
    for old in open_record(directory).sessions()[-2:-1]:
        is_recent = now - old.started - old.last_t * _MICROSECOND <= RECENT
        if old.mode is Mode.LIVE and old.end_reason == INTERRUPTED and is_recent:
            return f"note: session {old.id} can be resumed: end this one, then: dripwatch run --resume {old.id}"
    return None
