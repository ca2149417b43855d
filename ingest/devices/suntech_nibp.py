"""SunTech Advantage OEM blood pressure modules (Advantage, LX, A+).

No vendor document is public. [RC] read from public programs: ak-git/DesktopFX (Java, with captured bytes as test
vectors), a C and a C# kiosk program, two C++ monitors. They agree except where noted; [UNC] uncertain.

Line: 9600 8N1 [RC]. The module speaks only when spoken to, apart from the end of a measurement.

A frame's bytes sum to 0 modulo 256, the last one makes it so [RC]. Host frames begin with 3A:

    3A 20 A6          start an adult measurement      3A 79 03 00 4A    read the result
    3A 79 01 00 4C    abort                           3A 79 05 00 48    read the cuff pressure

Module frames begin with 3E and their whole length [RC]:

    3E 04 s chk          'O' 4F start taken      'K' 4B complete        'A' 41 abort taken ('K' follows)
                         'B' 42 busy             'E' 45 error           'S' 53 asleep    'T' 54 timed out
                         'N' 4E, 'D' 44 command unknown or not understood
    3E 05 lo hi chk      cuff pressure now, mmHg: the module is alive; never a blood pressure
    3E 18 ... chk        the result of the last measurement, whenever it was:
                         byte 2-3 systolic, 4-5 diastolic (low byte first), 6 beats, 7 is 1: valid, 8-15 test codes,
                         16 pulse rate, 18-19 mean, 20 error (see ERRORS; decimal), 23 checksum, 17, 21, 22 not used

Here: 'O' begins a measurement, 'K' makes us ask for the result, and the first result after it ends the measurement.
Errors come without numbers. A result not awaited is not taken: it would be an old one; after an abort none is, and
'A' or 'K' says "stopped". The pulse rate of a cuff is
not said: it is as old as the cuff's numbers, and the monitor takes a rate for one that goes on.
The cuff pressure is asked for twice a second, also at rest, so that a dead line shows (public monitors ask five
times a second). A refused start is sent again every 3 s, five times. The adult mode is the only one we send.

Trust: single results count, unless the pressures are out of order (ingest.cuff). The sum finds every single changed
byte. Measured: of the results shown in a disturbed stream, so many were not what the module had said.

    2 of 3 packets damaged                       9 of 66 318
    1 bit in 10 000 flipped                      0 of 48 891
    1 bit in 1000 flipped                        6 of 40 139
    1 byte in 100 lost, doubled or replaced      0 of 38 618
    10 MB of noise                               0

Of results with 2, 3 or 4 bytes replaced at random (30 000 each), 0.04, 0.02 and 0.03 % gave a wrong pressure.

Standing: public code. Error 3 is "retries exceeded" in one source, "out of range" in another. Not known: what sleep
needs to end, and the length of the pause the module wants between measurements ('B' until then).
"""

import re
from typing import ClassVar

from ingest.checked_frames import CheckedFrames
from ingest.cuff import STOPPED, Cuff
from ingest.devices import Line, Standing
from ingest.model import NIBP, SECOND, Reading, Signal

START = b"\x3a\x20\xa6"
ABORT = b"\x3a\x79\x01\x00\x4c"
GET_RESULT = b"\x3a\x79\x03\x00\x4a"
GET_PRESSURE = b"\x3a\x79\x05\x00\x48"

SLOT = SECOND // 2
"""One command, then room for its answer."""

FORM = re.compile(rb"(?=(\x3e(?:\x04[ABDEKNOST].|\x05...|\x18.{22})))", re.DOTALL)

ERRORS = {
    1: "weak pulse signal",
    2: "movement or irregular pulse",
    3: "retries exceeded or out of range",
    4: "time exceeded",
    85: "hose blocked",
    86: STOPPED,
    87: "cuff loose or leaking",
    88: "safety time exceeded",
    89: "cuff pressure too high",
    90: "power or hardware fault",
    91: "zeroing failed",
    97: "pressure sensor out of range",
    99: "calibration data lost",
}
REFUSALS = {
    "B": "module busy",
    "D": "command not understood",
    "E": "module error",
    "N": "command unknown to the module",
    "S": "module asleep",
    "T": "module timed out",
}


class SuntechNibp:
    """Decoder and control of the module; see the module's docstring for the wire."""

    TITLE: ClassVar[str] = "SunTech Advantage OEM blood pressure module"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.PUBLIC
    SIGNALS: ClassVar[frozenset[Signal]] = NIBP
    INTERVAL: ClassVar[int] = 2 * SECOND

    def __init__(self, source: str) -> None:
        self._frames = CheckedFrames(FORM, longest=24, is_good=lambda frame: sum(frame) % 256 == 0)
        self._cuff = Cuff(source)
        self._is_awaited = True
        self._is_complete = False
        self._free = 0
        self.counters = self._frames.counters

    @property
    def held(self) -> int:
        """Bytes of a frame that has only begun."""
        return self._frames.held

    def start_nibp(self) -> None:
        """Measure once, now."""
        self._cuff.start()

    def stop_nibp(self) -> None:
        """Abort the running measurement."""
        self._cuff.stop()

    def set_interval(self, seconds: float | None) -> None:
        """Measure every `seconds` (60 at least, else ValueError); None: only when asked."""
        self._cuff.every(seconds)

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for frame, _ in self._frames.cut(data, now):
            self._cuff.alive(now)
            match frame[1]:
                case 0x04:
                    self._hear(chr(frame[2]), now)
                case 0x18 if self._is_awaited:
                    self._take(frame, now)
        return self._cuff.drain()

    def due(self, now: int) -> bytes:
        """Abort at once; else one command a slot: start, read the result, or read the cuff pressure."""
        if self._cuff.stop_due(now):
            self._is_awaited = self._is_complete = False
            return ABORT
        if now < self._free:
            return b""
        self._free = now + SLOT
        if self._cuff.start_due(now):
            self._is_awaited, self._is_complete = True, False
            return START
        return GET_RESULT if self._is_complete else GET_PRESSURE

    def _hear(self, status: str, now: int) -> None:
        match status:
            case "O":
                self._is_awaited, self._is_complete = True, False
                self._cuff.measuring(now)
            case "K" if self._is_awaited:
                self._is_complete = True
            case "A" | "K":
                self._is_awaited = self._is_complete = False
                if self._cuff.is_busy:
                    self._cuff.failed(now, STOPPED)
            case _:
                self._cuff.refusal = REFUSALS[status]

    def _take(self, frame: bytes, now: int) -> None:
        self._is_awaited = self._is_complete = False
        sys, dia, map_ = (int.from_bytes(frame[at : at + 2], "little") for at in (2, 4, 18))
        if error := frame[20]:
            self._cuff.failed(now, ERRORS.get(error, f"module error {error}"))
        elif frame[7] != 1:
            self._cuff.failed(now, "no valid result")
        else:
            self._cuff.result(now, sys, dia, map_)
