"""Nonin Onyx II 9560 in data format 13: one measurement each time a finger was put in.

Vendor document: Nonin, "Onyx II Model 9560, OEM Specification and Technical Information", 6470-000-01 (public copy in
the repository mattjlewis/NoninPulseOx). All of it is from there.

Line: Bluetooth serial port as 9600 8N1, no flow control.

To the device: 02 70 02 02 0D 03 selects format 13, remembered by the device even without batteries (others: 08, 07,
02). It answers 06 (yes) or 15 (no), only in the first five seconds of a connection. Sent once, at the first `due`; the
answer is looked for as the first byte that comes, where no packet can hide it.

From the device, when a measurement is complete, at most 40 s after the finger was put in:

    byte
    1-4     00 02 00 0D
    5, 6    length of the data, high byte first: 14 now, may grow (here: up to 255)
    7-14    century 20, year, month, day, hour, minute, second, fraction: BCD, of the device's own clock
    15, 16  status, bits 15 to 0: 9 SPA, high quality; 8 NOMS, no measurement; 4 MEM, from memory; 0 low battery
    17, 18  pulse rate: bit 8 is bit 0 of byte 17, byte 18 all other eight; 511: none
    19      reserved
    20      bits 0-6 SpO2 %, 127: none
    ...     whatever a longer data part brings
    last 2  checksum, the sum of the data modulo 256; 03

Measurements the device kept because nobody was connected come first, with MEM set, hours or days old by a clock
that may never have been set: they are told in words and never shown as readings. One without SPA did not reach the
quality in 40 s: weak signal.

Trust: form, length, checksum, end and decimal digits must be right, the rate 18 to 321, SpO2 up to 100; a packet counts
alone. The sum finds every single changed byte, but not two that make up for each other. Measured: of the numbers shown
in a disturbed stream, so many were not what the device had said.

    2 of 3 packets damaged                       90 of 1 031 132
    1 bit in 10 000 flipped                      0 of 98 268
    1 bit in 1000 flipped                        1 of 84 032
    1 byte in 100 lost, doubled or replaced      1 of 81 106
    10 MB of noise                               0

A spot check is not monitoring: INTERVAL is a minute, so its numbers are soon old.

Standing: specified.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from ingest.checked_frames import CheckedFrames
from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Observation, Reading, Signal

SELECT = bytes.fromhex("02 70 02 02 0D 03")
ANSWERS = {b"\x06": "data format 13 selected", b"\x15": "data format 13 refused: is it a Nonin 9560?"}
ANSWER_WITHIN = 5 * SECOND

LENGTHS = b"|".join(b"[%b].{%d}" % (re.escape(bytes([length])), length + 2) for length in range(14, 256))
FORM = re.compile(rb"(?=(\x00\x02\x00\x0d\x00(?:%b)))" % LENGTHS, re.DOTALL)
LONGEST = 6 + 255 + 2
ETX = 0x03
HIGH_QUALITY, NO_MEASUREMENT, FROM_MEMORY, LOW_BATTERY = 0x0200, 0x0100, 0x0010, 0x0001


class NoninDf13:
    """Decoder of data format 13; see the module for the wire."""

    TITLE: ClassVar[str] = "Nonin data format 13 (Onyx II 9560, single measurements)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({Signal.PR, Signal.SPO2})
    INTERVAL: ClassVar[int] = 60 * SECOND

    def __init__(self, source: str) -> None:
        self._source = source
        self._frames = CheckedFrames(FORM, LONGEST, _is_sound)
        self.counters = self._frames.counters
        self._asked: int | None = None
        self._conditions: frozenset[Condition] | None = None

    @property
    def held(self) -> int:
        """Bytes of a packet that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        readings: list[Reading] = []
        if answer := self._answer(data, now):
            readings.append(self._note(answer, now))
            data = data[1:]
        for packet, _ in self._frames.cut(data, now):
            readings.extend(self._read(packet, now))
        return readings

    def due(self, now: int) -> bytes:
        """The format select, once."""
        if self._asked is not None:
            return b""
        self._asked = now
        return SELECT

    def _answer(self, data: bytes, now: int) -> str:
        is_first = not self.counters.bytes_in and self._asked is not None and now - self._asked <= ANSWER_WITHIN
        if is_first and data[:1] in ANSWERS:
            self.counters.bytes_in = self.counters.bytes_framed = self.counters.frames = 1
            return ANSWERS[data[:1]]
        return ""

    def _read(self, packet: bytes, now: int) -> Iterator[Reading]:
        status = packet[14] << 8 | packet[15]
        pr, spo2 = _numbers(packet, status)
        if status & FROM_MEMORY:
            kept = f"SpO2 {spo2 or '-'}, pulse rate {pr or '-'}"
            yield self._note(f"from memory, not shown: {_when(packet)} {kept}", now)
            return
        conditions = _conditions(status)
        if conditions != self._conditions:
            self._conditions = conditions
            yield self._note("", now)
        yield Observation(now, self._source, Signal.PR, pr)
        yield Observation(now, self._source, Signal.SPO2, spo2)

    def _note(self, detail: str, now: int) -> DeviceStatus:
        return DeviceStatus(now, self._source, DeviceState.CONNECTED, detail, self._conditions or frozenset())


def _is_sound(packet: bytes) -> bool:
    if packet[-1] != ETX or sum(packet[6:-2]) & 0xFF != packet[-2] or not packet[6:14].hex().isdecimal():
        return False
    pr, spo2 = _numbers(packet, status=0)
    return (pr is None or 18 <= pr <= 321) and (spo2 is None or spo2 <= 100)


def _numbers(packet: bytes, status: int) -> tuple[int | None, int | None]:
    pr, spo2 = (packet[16] & 1) << 8 | packet[17], packet[19] & 0x7F
    is_none = status & NO_MEASUREMENT
    return None if is_none or pr == 511 else pr, None if is_none or spo2 == 127 else spo2


def _conditions(status: int) -> frozenset[Condition]:
    battery = {Condition.LOW_BATTERY} if status & LOW_BATTERY else set()
    return frozenset(battery if status & HIGH_QUALITY else battery | {Condition.LOW_SIGNAL})


def _when(packet: bytes) -> str:
    """The device's date and time: each byte is two decimal digits."""
    digits = packet[6:13].hex()
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:10]}:{digits[10:12]}:{digits[12:]}"
