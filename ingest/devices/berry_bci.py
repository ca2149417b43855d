"""Berry Medical oximeters and boards (BM1000 and others) in their BCI protocol.

Vendor document: Shanghai Berry, "BCI Protocol (v1.2)", 2017-03-20, two pages; public copy in the repository
zh2x/BCI_Protocol. [VS] is from it, [UNC] uncertain. Berry's later protocol V1.5 (20 bytes) is another one.

Line: Bluetooth serial port or USB [VS]. The document gives no line settings; 115200 8N1 is what Berry's other
devices use [UNC]. No flow control: 0x11 and 0x13 are ordinary values.

The device talks by itself, 100 frames a second of 5 bytes [VS]; nothing is sent to it. Bit 7 is 1 in the first only.

    byte  bit   meaning [VS]
    1     0-3   signal strength 0 to 8; not used
          4     no signal
          5     probe unplugged
          6     pulse beep; not used
    2     0-6   pleth 0 to 100, 0: invalid
    3     0-3   bar graph; not used
          4     no finger
          5     searching for the pulse
          6     bit 7 of the pulse rate
    4     0-6   bits 0 to 6 of the pulse rate; 255 in all: invalid
    5     0-6   SpO2 0 to 100 %; 127: invalid

No reading: the codes above, 0, or one of the flags no signal, no finger, searching. Probe unplugged is told but does
not hide numbers (Berry sends the invalid codes then): the bit means "SpO2 is dropping" on a Contec device, and
somebody who chose the wrong one of these twins must not lose the number just then. SpO2 of 101 to 126 cannot be: not a
frame.

Pace and trust: numbers once a second of frames and on change, from two successive frames that say the same. There is no
checksum. Measured: of the numbers shown in 10 hours of a disturbed stream, so many were not what the device had said.

    2 of 3 packets damaged                       121 of 23 907
    1 bit in 10 000 flipped                      1 of 72 004
    1 bit in 1000 flipped                        48 of 72 227
    1 byte in 100 lost, doubled or replaced      0 of 72 014
    20 MB of noise                               0

A wrong number lasts until two good frames follow.

Standing: frames specified; the line settings are not.
"""

import re
from typing import ClassVar

from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, Reading, Signal
from ingest.oximeter_frames import Frames, Said, Steady, runs

CALM = rb"[\x80-\x8f\xc0-\xcf][\x01-\x7f]"
"""Bytes 1 and 2 without a state, pleth valid."""
FRAMES = re.compile(
    runs(
        CALM + rb"[\x00-\x0f]([\x00-\x7f][\x00-\x64\x7f])",
        CALM + rb"[\x40-\x4f]([\x00-\x7f][\x00-\x64\x7f])",
        rb"([\x80-\xff][\x00-\x7f]{3}[\x00-\x64\x7f])",
    )
)
"""Runs that say the same: without a state, bit 7 of the rate 0 or 1, the same bytes 4 and 5; else wholly the same."""
FLAGS = (
    (0x1000, Condition.LOW_SIGNAL),
    (0x2000, Condition.NO_SENSOR),
    (0x0010, Condition.PROBE_OFF),
    (0x0020, Condition.SEARCHING),
)
"""Bits of byte 1 (high) and byte 3 (low) with what they mean."""
STATES = 0x3030
"""All of them."""
HIDING = 0x1030
"""Those with which numbers do not count."""


class BerryBci:
    """Decoder of the BCI protocol; see the module for the wire."""

    TITLE: ClassVar[str] = "Berry Medical oximeters (BCI protocol 1.2)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(115200),)
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({Signal.PR, Signal.SPO2, Signal.PLETH})
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._frames = Frames(FRAMES, longest=5)
        self._steady = Steady(source, (Signal.PR, Signal.SPO2), rate=100, invalid=0)
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
    pr = (flags & 0x40) << 1 | frame[3]
    numbers = (pr if 0 < pr < 255 else None, frame[4] if 0 < frame[4] < 127 else None)
    if not flags & STATES:
        return numbers, frozenset()
    return (None, None) if flags & HIDING else numbers, frozenset([state for bit, state in FLAGS if flags & bit])
