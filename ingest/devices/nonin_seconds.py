"""Nonin oximeters that send their numbers once a second: data formats 1 and 8, and lines of text.

Vendor documents: Nonin, "Onyx II Model 9560, OEM Specification and Technical Information", 6470-000-01, for format 8
(public copy in the repository mattjlewis/NoninPulseOx); operator's manuals of the 2500, 7500FO, 8500, 8600V, 9600,
9847, Avant 4100 and BT4000 for the text. [VS] is from them, [RC] read in public programs; format 1 is [RC] (a summary
on pastebin, 7WvErGqY, and the same bits in format 8).

Line: 9600 8N1, no flow control. The handhelds send 9 data bits, the ninth always mark, and some 2 stop bits: both read
as 8N1 [VS]. All talk by themselves; nothing is sent to them.

    byte  bit   formats 1 (3 bytes) and 8 (4 bytes)
    1     7     1
          6     SNSD, no sensor [RC]; reserved on the 9560 [VS]
          5     OOT, no good pulses for a while     2  ARTF, artefact
          4     LPRF, low perfusion                 3  MPRF, marginal perfusion
          1, 0  bits 8 and 7 of the pulse rate
    2     0-6   bits 6 to 0 of the pulse rate; 511 in all: none; bit 7 is 0
    3     0-6   SpO2 %, 127: none; bit 7 is 0
    4     3     SNSA, finger out (byte 4: format 8 only)
          0     low battery; not used: 5 SmartPoint, and for the 4100 [RC] 1 and 2; bit 7 is 0

Format 8 holds the last numbers for 10 s when the finger is out, with SNSA set [VS]: with SNSA or SNSD there is no
reading here. Format 1 has no such bit; whether it holds them is not known. No numbers and neither bit: searching.

    text    HH:MM:SS SPO2=097 HR=072 F*       ends with CR LF

The time is optional; three digits, `---` is none [VS]; at the end may stand F (fast averages), * (event marked), B (a
breath was detected, 9847) [VS], not used. At power on comes a header, which is no reading.

Trust: no checksum. A frame counts if it comes directly after another and its rate (18 to 321 [VS]) and SpO2 (0 to 100)
can be, and lie within 10 and 4 of the frame before or of the last that counted; no reading is always believed. So one
damaged frame can move the numbers by 10 and 4 at most, and a true jump shows one second late. Formats 1 and 8 begin
with the third frame in a row: two can stand in formats 2 and 7 and in the frames of a Capnostream, three cannot.
Measured: of the numbers shown in a disturbed stream, so many were not what the device had said (text, format 1 and 8).

    2 of 3 packets damaged                       1 073 of 349 126   6 094 of 251 514   3 767 of 214 779
    1 bit in 10 000 flipped                      6 of 16 396        7 of 17 992        6 of 16 250
    1 bit in 1000 flipped                        42 of 12 964       51 of 17 626       36 of 15 582
    1 byte in 100 lost, doubled or replaced      2 of 12 350        7 of 16 746        1 of 14 819
    10 MB of noise                               0                  10                 2

Standing: format 8 and the text specified, format 1 from public code.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading, Signal
from ingest.oximeter_frames import Frames, Said

PR, SPO2 = Signal.PR, Signal.SPO2
NEAR_RATE, NEAR_SPO2 = 10, 4
"""How far a rate and an SpO2 may be from the ones before: averages over 4 beats seldom move more in a second."""

BEATS = rb"(?:[%b][\x12-\x7f]|[%b][\x00-\x7f]|[%b][\x00-\x41]|[%b]\x7f)" % tuple(
    bytes(range(0x80 | high, 0x100, 4)) for high in range(4)
)
"""Bytes 1 and 2 by their bits 8 and 7 of the rate: 18 to 321, or 511."""
FORM_1 = re.compile(BEATS + rb"[\x00-\x64\x7f]")
FORM_8 = re.compile(BEATS + rb"[\x00-\x64\x7f][\x00-\x7f]")
TEXT = re.compile(
    rb"[\r\n]{0,4}(?:\d\d:\d\d:\d\d {1,4})?SPO2=(0\d\d|100|---) {1,4}HR=([0-2]\d\d|3[01]\d|32[01]|---)[ F*B]{0,8}[\r\n]"
)

OFF = 0x4008
STATES = (
    (0x4000, Condition.NO_SENSOR),
    (0x0008, Condition.PROBE_OFF),
    (0x2400, Condition.ARTEFACT),
    (0x1000, Condition.LOW_PERFUSION),
    (0x0800, Condition.LOW_SIGNAL),
    (0x0001, Condition.LOW_BATTERY),
)
"""Bits of byte 1 (high) and byte 4 (low) with what they mean."""
ANY = 0x7C09
"""All of them."""


class NoninDf8:
    """Decoder of data format 8; see the module for the wire."""

    TITLE: ClassVar[str] = "Nonin data format 8 (Onyx II 9560, Avant 4100)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({PR, SPO2})
    INTERVAL: ClassVar[int] = SECOND

    FORM: ClassVar[re.Pattern[bytes]] = FORM_8
    LONGEST: ClassVar[int] = 4
    ENOUGH: ClassVar[int] = 3
    """Frames in a row with which the numbers begin."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._frames = Frames(self.FORM, self.LONGEST)
        self.counters = self._frames.counters
        self._row = 0
        self._before: Said | None = None
        self._counted: Said | None = None

    @property
    def held(self) -> int:
        """Bytes of a frame that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        frames = self._frames.cut(data, now)
        return [reading for frame, in_step in frames for reading in self._read(self.said(frame), in_step, now)]

    def due(self, now: int) -> bytes:
        """Nothing: the device talks by itself."""
        return b""

    def _read(self, said: Said, in_step: bool, now: int) -> Iterator[Reading]:
        before, self._before = self._before, said
        self._row = self._row + 1 if in_step else 1
        if self._row < self.ENOUGH:
            self._counted = None
        elif _is_near(said, before) or _is_near(said, self._counted):
            counted, self._counted = self._counted, said
            (rate, spo2), conditions = said
            if counted is None or conditions != counted[1]:
                yield DeviceStatus(now, self._source, DeviceState.CONNECTED, "", conditions)
            yield Observation(now, self._source, PR, rate)
            yield Observation(now, self._source, SPO2, spo2)

    @staticmethod
    def said(frame: bytes) -> Said:
        """What a frame says."""
        return _binary(frame, frame[3])


class NoninDf1(NoninDf8):
    """Decoder of data format 1; see the module for the wire."""

    TITLE: ClassVar[str] = "Nonin data format 1 (Xpod, OEM III, WristOx2 3150)"
    STANDING: ClassVar[Standing] = Standing.PUBLIC
    FORM: ClassVar[re.Pattern[bytes]] = FORM_1
    LONGEST: ClassVar[int] = 3

    @staticmethod
    def said(frame: bytes) -> Said:
        """What a frame says."""
        return _binary(frame, 0)


class NoninAscii(NoninDf8):
    """Decoder of the text; see the module for the wire."""

    TITLE: ClassVar[str] = "Nonin text output (2500, 7500FO, 8500, 8600V, 9600, 9847, Avant 4100, BT4000)"
    FORM: ClassVar[re.Pattern[bytes]] = TEXT
    LONGEST: ClassVar[int] = 43
    ENOUGH: ClassVar[int] = 2

    @staticmethod
    def said(frame: bytes) -> Said:
        """What a line says; it tells no states."""
        spo2, rate = (frame.partition(key)[2][:3] for key in (b"SPO2=", b"HR="))
        return (_number(rate), _number(spo2)), frozenset()


def _binary(frame: bytes, status2: int) -> Said:
    flags = frame[0] << 8 | status2
    rate, spo2 = (frame[0] & 3) << 7 | frame[1], frame[2]
    if not flags & ANY and rate != 511 and spo2 != 127:
        return (rate, spo2), frozenset()
    if off := flags & OFF:
        return (None, None), _conditions(off | flags & 1)
    numbers = (None if rate == 511 else rate, None if spo2 == 127 else spo2)
    conditions = _conditions(flags)
    return numbers, conditions | {Condition.SEARCHING} if numbers == (None, None) else conditions


def _conditions(flags: int) -> frozenset[Condition]:
    return frozenset([condition for bit, condition in STATES if flags & bit])


def _number(digits: bytes) -> int | None:
    return (int(digits) or None) if digits.isdigit() else None


def _is_near(said: Said, other: Said | None) -> bool:
    """Whether no number is far from the other's; a number that has only just appeared is."""
    if other is None:
        return False
    (rate, spo2), (old_rate, old_spo2) = said[0], other[0]
    return _is_within(NEAR_RATE, rate, old_rate) and _is_within(NEAR_SPO2, spo2, old_spo2)


def _is_within(most: int, new: float | None, old: float | None) -> bool:
    return new is None or (old is not None and abs(new - old) <= most)
