"""What the recorder's tests share: a recorder whose second passes when the test says so, and a disk that fails."""

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from ingest.model import SECOND, Observation, Signal
from ingest.recorder import Entry, SessionFacts
from ingest.recorder.sqlite import SqliteRecorder
from ingest.sources import Mode

PATIENCE = 20.0
"""Seconds after which a test that waits has failed; nothing waits that long when all is well."""


class Second(threading.Event):
    """The writer's wait: it ends when something asks for a commit or the test lets the second pass."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: queue.Queue[float | None] = queue.Queue()

    def wait(self, timeout: float | None = None) -> bool:
        self._asked.put(timeout)
        return super().wait()

    def begins(self) -> float | None:
        """Wait until the writer waits; how long it wants to."""
        return self._asked.get(timeout=PATIENCE)

    passes = threading.Event.set


class Bench:
    """A recorder and everything it said."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.commits: queue.Queue[int] = queue.Queue()
        self.troubles: queue.Queue[str | None] = queue.Queue()
        self.now = 0.0
        self.second = Second()
        self.recorder = SqliteRecorder(
            directory,
            on_commit=self.commits.put,
            on_trouble=self.troubles.put,
            clock=lambda: self.now,
            wake=self.second,
            **options,
        )

    def committed(self) -> int:
        return self.commits.get(timeout=PATIENCE)

    def trouble(self) -> str | None:
        return self.troubles.get(timeout=PATIENCE)

    def take(self, *numbers: int) -> list[bool]:
        return [self.recorder.take(seq, heart_rate(seq)) for seq in numbers]

    def note(self, seq: int, name: str = "acknowledge") -> bool:
        return self.recorder.note(Entry(seq, seq * SECOND, "command", name, "nurse", '{"occurrences":[1]}'))


class Disk:
    """What happens below the writer's transactions: all is well, no page more, or nothing moves."""

    def __init__(self) -> None:
        self.full = False
        self.moves = threading.Event()
        self.moves.set()
        self.reached = threading.Event()
        self.connections: list[object] = []

    def __call__(self, connection: Connection) -> None:
        if connection.exec_driver_sql("PRAGMA query_only").scalar():
            return
        if connection.connection.dbapi_connection not in self.connections:
            self.connections.append(connection.connection.dbapi_connection)
        self.reached.set()
        self.moves.wait()
        # SQLite raises the limit to the pages there are: then the next new page is "database or disk is full".
        connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if self.full else 1_000_000}")


def heart_rate(seq: int) -> Observation:
    """The reading number `seq`, one a second."""
    return Observation(seq * SECOND, "csv:demo.csv", Signal.HR, 60.0 + seq % 40)


@pytest.fixture
def facts() -> SessionFacts:
    return SessionFacts(
        bed="Room 2",
        mode=Mode.SIMULATED,
        started=datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC),
        profile="iv-ketamine",
        profile_toml='name = "iv-ketamine"\n',
        sources=("sim:calm?seed=7",),
        version="0.1.0",
        speed=2.0,
    )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes benches in one data directory and closes them."""
    made: list[Bench] = []

    def make(**options: Any) -> Bench:
        made.append(Bench(tmp_path / "data", **options))
        return made[-1]

    yield make
    for each in made:
        each.recorder.close()


@pytest.fixture
def disk() -> Iterator[Disk]:
    fake = Disk()
    event.listen(Engine, "begin", fake)
    yield fake
    fake.moves.set()
    event.remove(Engine, "begin", fake)
