"""GE (Critikon) DINAMAP ProCare, PRO 100-400, CARESCAPE V100, Compact: host communications. EXPERIMENTAL.

The vendor's "Host Communications Reference Manual" (2010566 E; 8555ER for the Compact) exists; of its text we
have seen the table of contents only. [RC] read from two public programs that worked with a monitor: a Ruby
gateway (V100) and TKUtility (Objective-C, T. Nesland). [UNC] is our guess.

Line: 9600 8N1 [RC]. ASCII. A request is a space, a unit letter, a command with arguments, two check characters and CR;
the reply begins like its request [RC]. The check: the sum of (character - 1F hex) over all before it, less FFF hex if
above that, as 20 hex + its upper and 20 hex + its lower six bits [RC, right for all six literals there are]. That
replies carry the same check is a guess [UNC]; a reply without it is not taken.

    request    meaning                       reply, characters counted from 0 [RC]
    ` NA!2`    read the blood pressure       3 status, 6-9 counter, 10-12 systolic, 13-15 diastolic, 16-18 mean
    ` NC0!E`   start a determination         not known
    ` ND!5`    cancel it                     not known
    ` OA!3`    read SpO2                     3 is 1: 4-6 SpO2
    ` RA!6`    read the pulse rate           3 is 2: from 4 the rate, three digits, or four (the program takes four)

Status of NA: 1 valid, above 2 an error; 0 and 2 are not known [RC]. The counter is the age of the determination:
TKUtility waits until it is *lower* than before [RC]; its unit is not known. So the first reply only says where we are,
and a reading is a reply with status 1 whose counter has fallen. A determination from before the connection, or that
ended in a gap of more than 2 s, is not said: how old it is cannot be known. A failure is a status above 2 that is new,
or whose counter has fallen; what the digit means is not known, so it is said as it is. Anything that is not digits is
no number.

Here: SpO2, pulse rate and blood pressure are asked for in turn, each once a second, and said as they come (None: the
device has no reading), once the reply before was good too. A start counts as a measurement from when it is sent, and
is sent once; a cancel is repeated every 3 s until any reply to it. Technical states (probe off ...) are not known.

Trust: the check finds every single changed character; pressures out of order (ingest.cuff) are a failure. Measured:
of the numbers shown in a disturbed stream, so many were not what the device had said.

    2 of 3 packets damaged                       30 of 150 508
    1 bit in 10 000 flipped                      0 of 244 857
    1 bit in 1000 flipped                        2 of 203 913
    1 byte in 100 lost, doubled or replaced      0 of 195 505
    10 MB of noise                               0

Of blood pressure replies with 2, 3 or 4 characters replaced (30 000 each), by any byte 0.007, 0 and 0 % gave a wrong
pressure; by digits, in the place of digits, 1.6, 0.5 and 0.2 % did.
"""

import re
from typing import ClassVar

from ingest.checked_frames import CheckedFrames
from ingest.cuff import STOPPED, Cuff
from ingest.devices import Line, Standing
from ingest.model import NIBP, SECOND, Observation, Reading, Signal
from ingest.stream import GAP

START = b" NC0!E\r"
CANCEL = b" ND!5\r"
POLLS = (b" OA!3\r", b" RA!6\r", b" NA!2\r")

SLOT = SECOND // len(POLLS)

FORM = re.compile(rb"(?=( [NOR][A-Z][ -_]{2,60}\r))")
SPO2 = re.compile(rb" OA1(\d{3})")
RATE = re.compile(rb" RA2(0?\d{3})")
DETERMINATION = re.compile(rb" NA(\d)..(\d{4})(.{9})")


class Dinamap:
    """Decoder and control of the monitor; see the module's docstring for the wire."""

    TITLE: ClassVar[str] = "GE DINAMAP ProCare, PRO, CARESCAPE V100, Compact (experimental)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.EXPERIMENTAL
    SIGNALS: ClassVar[frozenset[Signal]] = NIBP | {Signal.SPO2, Signal.PR}
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._source = source
        self._frames = CheckedFrames(FORM, longest=66, is_good=lambda frame: frame[-3:-1] == _check(frame[:-3]))
        self._cuff = Cuff(source)
        self._before: tuple[str, int] | None = None
        self._heard = 0
        self._turn = 0
        self._free = 0
        self.counters = self._frames.counters

    @property
    def held(self) -> int:
        """Bytes of a reply that has only begun."""
        return self._frames.held

    def start_nibp(self) -> None:
        """Measure once, now."""
        self._cuff.start()

    def stop_nibp(self) -> None:
        """Cancel the running measurement."""
        self._cuff.stop()

    def set_interval(self, seconds: float | None) -> None:
        """Measure every `seconds` (60 at least, else ValueError); None: only when asked."""
        self._cuff.every(seconds)

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        readings = self._cuff.drain()
        for frame, in_step in self._frames.cut(data, now):
            reply = frame[:-3]
            match reply[:3]:
                case b" OA" if in_step:
                    readings.append(self._number(Signal.SPO2, SPO2.match(reply), 100, now))
                case b" RA" if in_step:
                    readings.append(self._number(Signal.PR, RATE.match(reply), 300, now))
                case b" NA":
                    self._determination(reply, now)
                case b" ND" if self._cuff.is_busy:
                    self._cuff.failed(now, STOPPED)
            readings += self._cuff.drain()
        return readings

    def due(self, now: int) -> bytes:
        """Cancel at once; else one request three times a second: a start that is wanted, or the next to read."""
        if self._cuff.stop_due(now):
            return CANCEL
        if now < self._free:
            return b""
        self._free = now + SLOT
        if self._cuff.start_due(now):
            self._cuff.measuring(now)
            return START
        self._turn = (self._turn + 1) % len(POLLS)
        return POLLS[self._turn]

    def _number(self, signal: Signal, found: re.Match[bytes] | None, highest: int, now: int) -> Observation:
        value = int(found[1]) if found else 0
        return Observation(now, self._source, signal, value if 0 < value <= highest else None)

    def _determination(self, reply: bytes, now: int) -> None:
        before = self._before if now - self._heard <= GAP else None
        self._heard = now
        if not (found := DETERMINATION.match(reply)):
            return
        status, counter, pressures = found[1].decode("ascii"), int(found[2]), found[3]
        self._before = status, counter
        if before is None:
            return
        is_fresh = counter < before[1]
        if status > "2" and (is_fresh or status != before[0]):
            self._cuff.failed(now, f"error status {status}")
        elif status == "1" and is_fresh and pressures.isdigit():
            self._cuff.result(now, *(int(pressures[at : at + 3]) for at in (0, 3, 6)))


def _check(text: bytes) -> bytes:
    """The two check characters of `text`."""
    total = sum(text) - 0x1F * len(text)
    total -= 0xFFF * (total > 0xFFF)
    return bytes((0x20 + (total >> 6), 0x20 + (total & 0x3F)))
