"""A DINAMAP monitor as far as two public programs show it (see the decoder): it answers when asked.

Guessed: that replies carry the check of requests, that a start and a cancel are echoed, status 0 before the first
determination and while one runs, 3 for one that failed, and a counter of seconds.
"""

import re
from collections.abc import Callable
from typing import ClassVar

from ingest.emulators import Vitals
from ingest.emulators.cuff import Inflation, measured
from ingest.emulators.pulse import coded
from ingest.model import SECOND, Condition

REQUEST = re.compile(rb"(?P<start> NC0!E)|(?P<cancel> ND!5)|(?P<nibp> NA!2)|(?P<spo2> OA!3)|(?P<rate> RA!6)|\r")
FAILED, VALID, NONE = 3, 1, 0


class Dinamap:
    """The monitor. `cuff_error`: the next determinations fail (it has no words for why); None: they succeed."""

    CAN_SHOW: ClassVar[frozenset[Condition]] = frozenset({Condition.PROBE_OFF})
    conditions: frozenset[Condition] = frozenset()
    CUFF_ERRORS: ClassVar[tuple[str, ...]] = ("failed",)

    def __init__(self, vitals: Vitals | None = None) -> None:
        self.vitals = vitals or Vitals()
        self.spoil: Callable[[int], int] = int
        self.cuff_error: str | None = None
        self._inflation = Inflation()
        self._heard = b""
        self._answers = b""
        self._status = NONE
        self._pressures = "000000000"
        self._ended = -9999 * SECOND

    def say(self, now: int) -> bytes:
        """The replies since the last call."""
        self._end(now)
        answers, self._answers = self._answers, b""
        return answers

    def hear(self, data: bytes, now: int) -> None:
        """Requests of the host; what is none is passed over."""
        self._heard += data
        done = 0
        for request in REQUEST.finditer(self._heard):
            done = request.end()
            self._obey(request.lastgroup, now)
        self._heard = self._heard[done:][-5:]

    def _obey(self, request: str | None, now: int) -> None:
        match request:
            case "start":
                if not self._inflation.is_running:
                    self._inflation.start(now)
                self._reply(" NC0")
            case "cancel":
                self._inflation.stop()
                self._reply(" ND")
            case "nibp":
                self._end(now)
                status = NONE if self._inflation.is_running else self._status
                age = min(9999, (now - self._ended) // SECOND)
                self._reply(f" NA{status}00{age:04}{self._pressures}")
            case "spo2":
                spo2 = coded(self.vitals.spo2, 100, none=0)
                self._reply(f" OA{1 if spo2 else 0}{spo2:03}")
            case "rate":
                pr = coded(self.vitals.pr, 300, none=0)
                self._reply(f" RA{2 if pr else 0}{pr:03}")

    def _end(self, now: int) -> None:
        if not self._inflation.ends(now):
            return
        pressures = measured(self.vitals)
        if self.cuff_error is None and pressures is not None:
            self._status, self._pressures = VALID, "".join(f"{pressure:03}" for pressure in pressures)
        else:
            self._status = FAILED
        self._ended = now

    def _reply(self, text: str) -> None:
        characters = text.encode("ascii")
        total = sum(character - 0x20 + 1 for character in characters)
        total = self.spoil(total - 0xFFF if total > 0xFFF else total)
        self._answers += characters + bytes([0x20 + (total >> 6), 0x20 + (total & 0x3F)]) + b"\r"
