"""`dripwatch sessions`: what has been recorded, and a session as CSV."""

import sys
from pathlib import Path

from alerts.wording import clock
from dashboard.recordings import open_session
from ingest.recorder import Session
from ingest.recorder.export import export_csv
from ingest.recorder.opening import data_directory
from ingest.recorder.record import open_record


def list_sessions(data: str | None) -> int:
    """Print all sessions, oldest first."""
    directory = data_directory(data)
    sessions = open_record(directory).sessions()
    if not sessions:
        print(f"no sessions in {directory}", file=sys.stderr)
        return 0
    print(f"{'no.':>4}  {'started':<19}  {'length':>8}  {'mode':<6}  {'bed':<12}  {'profile':<16}  how it ended")
    for session in sessions:
        print(_row(session))
    return 0


def _row(session: Session) -> str:
    length = session.last_t if session.ended_t is None else session.ended_t
    started = f"{session.started.astimezone():%Y-%m-%d %H:%M:%S}"
    return (
        f"{session.id:>4}  {started}  {clock(length - length % 1_000_000):>8}  {session.mode:<6}  {session.bed:<12}  "
        f"{session.profile:<16}  {ending(session)}"
    )


def ending(session: Session) -> str:
    """How a session ended, in words."""
    if session.end_reason is None:
        return "still running, or it was interrupted (the next start will say)"
    return session.end_reason


def export_session(key: str, out: str, data: str | None) -> int:
    """Write a session's numbers as CSV to a file or, with "-", to standard output."""
    record, session = open_session(key, data)
    if out == "-":
        export_csv(record, session, sys.stdout)
        return 0
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        export_csv(record, session, file)
    print(f"session {session.id} written to {out}", file=sys.stderr)
    return 0
