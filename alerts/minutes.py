"""What the record gets of a session: every input and every event, each with the next number of one counter."""

from typing import Protocol

from alerts.journal import command_entry, event_entry
from alerts.model import Acknowledged, Command, End, Event, Input
from ingest.model import Reading, Tick
from ingest.recorder import Entry


class Journal(Protocol):
    """Where the station offers what happened; False means the queue is full."""

    @property
    def committed(self) -> int: ...
    def take(self, seq: int, reading: Reading) -> bool: ...
    def note(self, entry: Entry) -> bool: ...
    def check(self) -> None: ...


class Minutes:
    """Numbers what happens, and offers it to the journal if there is one. Written by the station's thread alone."""

    def __init__(self) -> None:
        self.seq = 0
        """The last number given."""
        self.acknowledged: dict[int, int] = {}
        """The number of the acknowledgement of each occurrence that has one."""
        self.journal: Journal | None = None

    @property
    def committed(self) -> int:
        """The highest number that is durable; without a journal there is nothing to wait for."""
        return self.seq if self.journal is None else self.journal.committed

    def take(self, input_: Input) -> None:
        """Every input but the passing of time."""
        if isinstance(input_, Tick | End):
            return
        self.seq += 1
        if self.journal is None:
            return
        if isinstance(input_, Command):
            self.journal.note(command_entry(self.seq, input_))
        else:
            self.journal.take(self.seq, input_)

    def note(self, event: Event) -> None:
        """What followed from it."""
        self.seq += 1
        if isinstance(event, Acknowledged):
            self.acknowledged[event.occurrence.id] = self.seq
        if self.journal is not None:
            self.journal.note(event_entry(self.seq, event))

    def check(self) -> None:
        """A quiet session has the journal look whether it keeps up."""
        if self.journal is not None:
            self.journal.check()
