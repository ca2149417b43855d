"""Contec 5-byte oximeters: CMS50D, CMS50E, CMS50D+ up to firmware 4.5, and boards that speak the same.

Vendor document: Contec, "Communication protocol (V5.0A)", one page; public copies in the repositories
nonspecialist/cms-p and jgerschler/CMS50DPlus-PulseOx. [VS] is from it, [RC] read in public programs, [UNC] uncertain.

Line: 4800 8O1 [VS]; CMS50D+ with firmware 4.5 or older: 19200 8O1 [RC]. No flow control, although public programs
switch XON/XOFF on: 0x11 and 0x13 are ordinary values in every byte but the first and would vanish. Boards at 4800 8N1
with the same layout exist [UNC]. The parity must be right: with none set, bytes with an odd count of ones seem to have
no stop bit, some drivers hand out 00 for them, and 200 bpm reads 72 every time (simulated bit by bit).

The device talks by itself, 60 frames a second of 5 bytes [VS]; nothing is sent to it. Bit 7 is 1 in the first only.

    byte  bit   meaning [VS]
    1     0-3   signal strength 0 to 8 (15: invalid, on some boards [UNC]); not used
          4     searching too long (one public program calls it finger out)
          5     SpO2 is dropping: a patient's state, not the device's; not used
          6     pulse beep; not used
    2     0-6   pleth
    3     0-3   bar graph; not used
          4     probe error (later Contec documents: show "finger out")
          5     searching for the pulse
          6     bit 7 of the pulse rate
    4     0-6   bits 0 to 6 of the pulse rate
    5     0-6   SpO2 %

No reading: the document gives no code. Ours: any of the three state flags; a rate of 0 or 255; SpO2 of 0 or 127.
A rate of 127 is a rate, except together with SpO2 127, which is how the same vendor fills an empty frame. SpO2 of 101
to 126 cannot be: not a frame. Recorded data (after F5 F5: F0|PR7, 80|PR, SpO2) has other sync bits and yields nothing.

Pace and trust: numbers once a second of frames and on change, from two successive frames that say the same. There is no
checksum. Measured: of the numbers shown in 10 hours of a disturbed stream, so many were not what the device had said.

    2 of 3 packets damaged                       120 of 37 438
    1 bit in 10 000 flipped                      0 of 72 002
    1 bit in 1000 flipped                        30 of 72 151
    1 byte in 100 lost, doubled or replaced      0 of 72 016
    20 MB of noise                               0

A wrong number lasts until two good frames follow. Of wrong line settings, only those of
the parity above gave wrong numbers; all others gave none.

Standing: layout and 4800 8O1 specified; 19200 from public code.
"""

import re
from typing import ClassVar

from ingest.devices import Line, Parity, Standing
from ingest.model import SECOND, Condition, Reading, Signal
from ingest.oximeter_frames import Frames, Said, Steady, runs

CALM = rb"[\x80-\x8f\xa0-\xaf\xc0-\xcf\xe0-\xef][\x00-\x7f]"
"""Bytes 1 and 2 without a state."""
FRAMES = re.compile(
    runs(
        CALM + rb"[\x00-\x0f]([\x00-\x7f][\x00-\x64\x7f])",
        CALM + rb"[\x40-\x4f]([\x00-\x7f][\x00-\x64\x7f])",
        rb"([\x80-\xff][\x00-\x7f]{3}[\x00-\x64\x7f])",
    )
)
"""Runs that say the same: without a state, bit 7 of the rate 0 or 1, the same bytes 4 and 5; else wholly the same."""
FLAGS = ((0x1000, Condition.SEARCHING), (0x0020, Condition.SEARCHING), (0x0010, Condition.PROBE_OFF))
"""Bits of byte 1 (high) and byte 3 (low) with what they mean."""
STATES = 0x1030
"""All of them."""


class Contec5Byte:
    """Decoder of the 5-byte format; see the module for the wire."""

    TITLE: ClassVar[str] = "Contec CMS50D/E, CMS50D+ up to firmware 4.5 (5-byte format)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(4800, Parity.ODD), Line(19200, Parity.ODD))
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({Signal.PR, Signal.SPO2, Signal.PLETH})
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._frames = Frames(FRAMES, longest=5)
        self._steady = Steady(source, (Signal.PR, Signal.SPO2), rate=60)
        self.counters = self._frames.counters

    @property
    def held(self) -> int:
        """Bytes of a frame that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for run, in_step in self._frames.cut(data, now):
            self._steady.take(_said(run), run[1::5], in_step, now)
        return self._steady.drain()

    def due(self, now: int) -> bytes:
        """Nothing: the device talks by itself."""
        return b""


def _said(frame: bytes) -> Said:
    flags = frame[0] << 8 | frame[2]
    if flags & STATES:
        return (None, None), frozenset([condition for bit, condition in FLAGS if flags & bit])
    pr = (flags & 0x40) << 1 | frame[3]
    spo2 = frame[4] if 0 < frame[4] < 127 else None
    is_empty = pr in (0, 255) or (pr == 127 and spo2 is None)
    return (None if is_empty else pr, spo2), frozenset()
