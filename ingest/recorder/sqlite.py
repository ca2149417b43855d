"""The recorder for one machine: one SQLite file, one writing thread, one commit a second.

The station's thread offers to a bounded queue and goes on; the writing thread commits what waits
once a second, and at once after a command or event. Whatever fails is rolled back, kept and tried
again over a fresh connection; the station hears of it and makes it an alarm (T-5).
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Table

from ingest.model import Reading, Tick
from ingest.recorder import Entry, Gap, RecordError, Session, SessionFacts
from ingest.recorder.backlog import CAPACITY, RESERVE, Backlog, Waiting
from ingest.recorder.database import explained
from ingest.recorder.rows import Values, entry_row, gap_row, reading_rows
from ingest.recorder.store import Store
from ingest.recorder.trouble import SLOW, Trouble

EVERY = 1.0
"""Seconds between commits: what a power cut may cost (reliability.md 4)."""

PATIENCE = 10.0
"""Seconds `finish` and `close` wait for the disk."""


class SqliteRecorder:
    """A Recorder in `directory`. RecordError when that is in use, not ours, newer or damaged.

    `on_commit(seq)` comes from the writing thread after each commit. `on_trouble(message)` comes from
    either thread when writing begins to fail, when that changes, and with None when it works again.
    Both must return at once and not call the recorder. `clock` is monotonic seconds; `wake` is what
    the writing thread waits on.
    """

    def __init__(
        self,
        directory: Path,
        *,
        on_commit: Callable[[int], None] = lambda seq: None,
        on_trouble: Callable[[str | None], None] = lambda message: None,
        clock: Callable[[], float] = time.monotonic,
        wake: threading.Event | None = None,
        capacity: int = CAPACITY,
        patience: float = PATIENCE,
    ) -> None:
        self._directory = directory
        self._store = Store(directory)
        self._on_commit = on_commit
        self._clock = clock
        self._wake = wake or threading.Event()
        self._patience = patience
        self._backlog = Backlog(capacity)
        self._trouble = Trouble(on_trouble, self._age)
        self._thread: threading.Thread | None = None
        self._offered = 0
        self._committed = 0
        self._end: tuple[int, str] | None = None
        self._ended = threading.Event()
        self._stopping = False

    @property
    def committed(self) -> int:
        """The highest `seq` known to be durable."""
        return self._committed

    @property
    def lost(self) -> int:
        """How many offers were refused because the queue was full."""
        return self._backlog.lost

    def close_interrupted(self) -> list[Session]:
        """Mark sessions that never ended as interrupted and return them; only before `begin` or `resume`."""
        self._expect(begun=False)
        return self._store.close_interrupted()

    def begin(self, facts: SessionFacts) -> Session:
        """Commit a new session and start writing; RecordError if it cannot be committed."""
        self._expect(begun=False)
        return self._started(self._store.begin(facts))

    def resume(self, session: Session) -> Session:
        """Go on with an interrupted session and start writing; RecordError if it was not interrupted."""
        self._expect(begun=False)
        session, self._offered = self._store.resume(session.id)
        self._committed = self._offered
        return self._started(session)

    def _started(self, session: Session) -> Session:
        self._thread = threading.Thread(target=self._write_on, args=(session.id,), name="recorder", daemon=True)
        self._thread.start()
        return session

    def take(self, seq: int, reading: Reading) -> bool:
        """Offer an input. Never blocks; False when there is no room. A Tick needs no number of its own."""
        if isinstance(reading, Tick):
            self.check()
            return True
        return self._offer(seq, reading_rows(seq, reading))

    def note(self, entry: Entry) -> bool:
        """Offer a command or event and have it, and all before it, committed at once."""
        taken = self._offer(entry.seq, [entry_row(entry)], reserve=RESERVE)
        self._wake.set()
        return taken

    def check(self) -> None:
        """Report a trouble that has begun, changed or gone; only this notices a disk that hangs."""
        self._trouble.look()

    def finish(self, t: int, reason: str) -> None:
        """Write what waits and end the session at `t`; RecordError after `patience` says what is missing.

        It may be called again when room has been made.
        """
        self._expect(begun=True)
        self._end = (t, reason)
        self._wake.set()
        if not self._ended.wait(self._patience):
            raise RecordError(self._unwritten())

    def close(self) -> None:
        """Try once more to write what waits, stop, and let go of the directory.

        A thread that hangs in the disk keeps the directory until the process ends.
        """
        self._stopping = True
        self._wake.set()
        if self._thread:
            self._thread.join(self._patience)
        if not (self._thread and self._thread.is_alive()):
            self._store.close()

    def _expect(self, *, begun: bool) -> None:
        if (self._thread is not None) != begun or self._stopping:
            raise RuntimeError("a recorder keeps one session: begin, then take and note, finish, close")

    def _offer(self, seq: int, rows: list[tuple[Table, Values]], *, reserve: int = 0) -> bool:
        self._expect(begun=True)
        if seq <= self._offered:
            raise ValueError(f"number {seq} was offered after {self._offered}")
        self._offered = seq
        if self._backlog.offer(Waiting(seq, self._clock(), rows), reserve=reserve):
            self._trouble.look()
            return True
        self._trouble.losing()
        return False

    def _age(self) -> float:
        oldest = self._backlog.oldest
        return 0.0 if oldest is None else self._clock() - oldest

    def _unwritten(self) -> str:
        left = [item.seq for item in self._backlog.waiting()]
        what = f"{len(left)} inputs and events (number {left[0]} to {left[-1]}) and " if left else ""
        return f"{self._trouble.failure or SLOW}; not written: {what}the end of the session"

    # From here on in the writing thread.

    def _write_on(self, session: int) -> None:
        """Commit every second; after failures sooner: 1/16 s, 1/8 s ... 1 s."""
        failures = 0
        while not self._stopping:
            self._wake.wait(EVERY / 2 ** max(5 - failures, 0) if failures else EVERY)
            self._wake.clear()
            failures = 0 if self._write(session, afresh=failures > 0) else failures + 1
        self._write(session, afresh=failures > 0)

    def _write(self, session: int, *, afresh: bool) -> bool:
        """Commit what waits, if anything does. Whatever goes wrong must not end the thread."""
        batch, end = self._backlog.batch(), self._end
        if not batch and (end is None or self._ended.is_set()):
            return True
        try:
            if afresh:
                self._store.reconnect()
            self._store.write(session, _rows(batch), end)
        except Exception as error:
            self._backlog.kept()
            self._trouble.failing(explained(f"the record in {self._directory} cannot be written", error))
            return False
        self._backlog.written()
        self._committed = max((item.seq for item in batch if isinstance(item, Waiting)), default=self._committed)
        self._trouble.working()
        self._on_commit(self._committed)
        if end:
            self._ended.set()
        return True


def _rows(batch: list[Waiting | Gap]) -> list[tuple[Table, Values]]:
    return [row for item in batch for row in ([gap_row(item)] if isinstance(item, Gap) else item.rows)]
