"""Nonin oximeters in data formats 2 and 7: pulse wave and numbers, in packets of 25 frames with checksums.

Vendor document: Nonin, "Onyx II Model 9560, OEM Specification and Technical Information", 6470-000-01 (public copy in
the repository mattjlewis/NoninPulseOx). [VS] is from it, [RC] read in public programs (mdpnp, pufferfish, PyPI nonin),
[CAP] one packet of a real device quoted in a comment of NoninPulseOx.

Line: 9600 8N1, no flow control [VS]. Devices: Xpod, OEM III, 3012LP (talk from power on, format set on the device)
[RC], Onyx II 9560 (Bluetooth serial; the format last chosen, 13 when new) [VS]. Nothing is sent to them.

75 frames a second of 5 bytes; 25 frames are a packet, a third of a second [VS].

    format 2    01      STATUS     PLETH     FLOAT  CHK     pleth 0 to 255, compressed
    format 7    STATUS  PLETH MSB  PLETH LSB FLOAT  CHK     pleth 0 to 65535

CHK is the sum of the other four, modulo 256 [VS].

    STATUS  bit 7  1
            6  SNSD, no sensor: OEM III [RC]; reserved on the 9560 [VS]
            5  ARTF, artefact in this pulse        4  OOT, no good pulses for a while: sustained artefact
            3  SNSA, unusable data: finger out     0  SYNC, 1 in the first frame of a packet and only there
            2, 1  RPRF, GPRF, for 12 frames at each pulse: 01 high signal, 11 marginal, 10 low or none

    FLOAT   by frame, from 1; not listed: other averages, revision, timer or undefined (0 to 255 [VS][CAP])
            8       STAT2: bit 5 SmartPoint (not used), bit 0 low battery; others reserved and seen set [CAP]
            9       SpO2-D %, 127: none
            20, 21  HR-D: bits 8 and 7 in bits 1 and 0 of frame 20, bits 6 to 0 in frame 21; 511: none

The -D values are what the device shows: 4-beat averages, new every 1.5 s, the most reliable ones during artefact. They
stay for 10 s when the finger is out, with SNSA set [VS]: with SNSA or SNSD in any frame of a packet there is no reading
here. HR and SpO2 of frames 1 to 3 are not used: they vanish with every artefact, and the bedside should read the same
on both screens.

States: SNSD no sensor, SNSA probe off; else OOT or ARTF of the last pulse artefact, red low perfusion, yellow weak
signal, no numbers searching.

Trust: a packet is 25 contiguous frames with SYNC in the first only, every checksum right, the rate 18 to 321 and SpO2
up to 100 (or none); readings from the second such packet in a row on, after the start, lost bytes or 2 s of silence.
Numbers count when two packets in a row say them, no reading at once: where whole frames are lost, SYNC among them, the
pieces of two packets make one with FLOAT in wrong places. Measured: of the numbers shown in a disturbed stream, so many
were not what the device had said (formats 2 and 7).

    2 of 3 packets damaged                       0 of 192 018       0 of 187 286
    1 bit in 10 000 flipped                      0 of 82 144        0 of 80 584
    1 bit in 1000 flipped                        0 of 22 578        0 of 22 126
    1 byte in 100 lost, doubled or replaced      0 of 14 806        0 of 14 440
    10 MB of noise                               0                  0

Pace: numbers on change and every third packet, once a second; pleth a packet at a time.

Standing: specified.
"""

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import ClassVar

from ingest.checked_frames import CheckedFrames
from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading, Signal, Waveform

RATE = 75.0
SIZE = 125
PACKETS_A_SECOND = 3

FIRST, OTHER = (b"[" + bytes(range(low, 0x100, 2)) + b"]" for low in (0x81, 0x80))
"""A status with SYNC and one without, as patterns."""
FORM_2 = re.compile(rb"(?=(\x01%b.{3}(?:\x01%b.{3}){24}))" % (FIRST, OTHER), re.DOTALL)
FORM_7 = re.compile(rb"(?=(%b.{4}(?:%b.{4}){24}))" % (FIRST, OTHER), re.DOTALL)

OFF = 0x48
OUT_OF_TRACK = 0x10
PULSE = 0x26
FLAGS = ((0x40, Condition.NO_SENSOR), (0x08, Condition.PROBE_OFF), (0x30, Condition.ARTEFACT))
"""Bits of STATUS with what they mean."""
PERFUSION = {0x04: Condition.LOW_PERFUSION, 0x06: Condition.LOW_SIGNAL}

Numbers = tuple[float | None, float | None]
NO_NUMBERS: Numbers = (None, None)


class NoninDf2:
    """Decoder of data format 2; see the module for the wire."""

    TITLE: ClassVar[str] = "Nonin data format 2 (Xpod, OEM III, 3012LP, Onyx II 9560)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({Signal.PR, Signal.SPO2, Signal.PLETH})
    INTERVAL: ClassVar[int] = SECOND

    FORM: ClassVar[re.Pattern[bytes]] = FORM_2
    STATUS: ClassVar[int] = 1
    """Where STATUS is in a frame."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._frames = CheckedFrames(self.FORM, SIZE, _is_sound)
        self.counters = self._frames.counters
        self._begin()

    def _begin(self) -> None:
        self._pulse = 0
        self._unsaid = 0
        self._before: Numbers | None = None
        self._numbers: Numbers | None = None
        self._conditions: frozenset[Condition] | None = None

    @property
    def held(self) -> int:
        """Bytes of a packet that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        packets = self._frames.cut(data, now)
        return [reading for packet, in_step in packets for reading in self._read(packet, in_step, now)]

    def due(self, now: int) -> bytes:
        """Nothing: the device talks by itself."""
        return b""

    def _read(self, packet: bytes, in_step: bool, now: int) -> Iterator[Reading]:
        if not in_step:
            self._begin()
        flags = self._flags(packet[self.STATUS :: 5])
        numbers, conditions = _said(flags, packet[3::5])
        before, self._before = self._before, numbers
        if not in_step:
            return
        if not flags & OFF:
            begun = max(0, now - SECOND // PACKETS_A_SECOND)
            yield Waveform(begun, self._source, Signal.PLETH, RATE, self.pleth(packet))
        if conditions != self._conditions:
            self._conditions = conditions
            yield DeviceStatus(now, self._source, DeviceState.CONNECTED, "", conditions)
        self._unsaid += 1
        if numbers in (before, NO_NUMBERS) and (numbers != self._numbers or self._unsaid >= PACKETS_A_SECOND):
            self._numbers, self._unsaid = numbers, 0
            yield Observation(now, self._source, Signal.PR, numbers[0])
            yield Observation(now, self._source, Signal.SPO2, numbers[1])

    def _flags(self, statuses: bytes) -> int:
        """The bits that count for a packet: off in any frame, or else out of track and how the last pulse was."""
        if off := reduce(or_, statuses) & OFF:
            self._pulse = 0
            return off
        self._pulse = next((status for status in reversed(statuses) if status & PULSE), self._pulse)
        return reduce(or_, statuses) & OUT_OF_TRACK | self._pulse & PULSE

    @staticmethod
    def pleth(packet: bytes) -> tuple[int, ...]:
        """The 25 samples."""
        return tuple(packet[2::5])


class NoninDf7(NoninDf2):
    """Decoder of data format 7; see the module for the wire."""

    TITLE: ClassVar[str] = "Nonin data format 7 (Xpod, OEM III, Onyx II 9560)"
    FORM: ClassVar[re.Pattern[bytes]] = FORM_7
    STATUS: ClassVar[int] = 0

    @staticmethod
    def pleth(packet: bytes) -> tuple[int, ...]:
        """The 25 samples."""
        return tuple(high << 8 | low for high, low in zip(packet[1::5], packet[2::5], strict=True))


def _is_sound(packet: bytes) -> bool:
    rate, spo2 = _numbers(packet[3::5])
    if not (18 <= rate <= 321 or rate == 511) or 100 < spo2 < 127:
        return False
    frames = zip(*(packet[place::5] for place in range(5)), strict=True)
    return all((a + b + c + d) & 0xFF == check for a, b, c, d, check in frames)


def _numbers(floats: bytes) -> tuple[int, int]:
    """HR-D and SpO2-D of the 25 FLOAT bytes, as they are sent."""
    return (floats[19] & 3) << 7 | floats[20] & 0x7F, floats[8] & 0x7F


def _said(flags: int, floats: bytes) -> tuple[Numbers, frozenset[Condition]]:
    """Numbers and states of a packet, from its flags and its 25 FLOAT bytes."""
    rate, spo2 = _numbers(floats)
    numbers = (None if rate == 511 else rate, None if spo2 == 127 else spo2)
    conditions = {condition for bit, condition in FLAGS if flags & bit}
    if floats[7] & 1:
        conditions.add(Condition.LOW_BATTERY)
    if flags & OFF:
        return NO_NUMBERS, frozenset(conditions)
    if perfusion := PERFUSION.get(flags & 0x06):
        conditions.add(perfusion)
    if numbers == NO_NUMBERS:
        conditions.add(Condition.SEARCHING)
    return numbers, frozenset(conditions)
