"""Masimo oximeters with serial output ASCII 1 (Rad-8, Rad-87, Radical-7, Rad-5), and the trend dump of the Rad-8.

Vendor document: Masimo, "Rad-8 Operator's Manual" (public copy in the repository remkolems/masimo-datacapture), for the
settings, the bits of EXC up to 800 and the trend dump [VS]. The lines themselves are in no public document: [CAP] seen
in lines of real devices quoted in public repositories, [RC] read in public programs (nmenon and remkolems
masimo-datacapture, lrnzcig/Baby-Monitor-Masimo-Pulse-Oximeter, a parser of the MD PnP program).

Line: 9600 8N1, no flow control, null-modem cable. The Rad-8 must be set to it: menu level 3, SEr, AS1 (it comes as
AS2). It talks by itself, one line a second; nothing is sent to it. CR LF ends a line, blank lines [CAP] and NULs [RC]
may stand between; the first is often cut off.

    03/17/16 19:19:36 SN=0000093112 SPO2=098% BPM=123 PI=00.55 SPCO=--% DESAT=-- ALARM=0000 EXC=0000C00

    MM/DD/YY HH:MM:SS, then KEY=VALUE in any number and order, one space between; dashes: no value
    SPO2    three digits, %             BPM     three digits
    PI      two digits, point, two digits, with or without %; may be missing
    ALARM   hex bits [RC]: 40 low battery; others are the device's own alarms, not used
    EXC     hex bits, 3 to 8 digits:
            001 no sensor           010 interference          100 incompatible sensor [RC]
            002 defective sensor    020 sensor off            400 low signal IQ
            004 low perfusion       040 ambient light         800 Masimo SET, the algorithm runs in full: no fault
            008 pulse search        080 unrecognised sensor
            1000 no cable, 4000 8000 10000 cable incompatible, unrecognised, defective [RC]; others not used

No reading: dashes or 0, or one of the bits 1, 2, 8, 20, 80, 100 and of the cable: devices still send numbers with
sensor off [CAP].

    09/21/08 09:56:12 SpO2=097 PR=069 PI=04.69 EXC=C00:LowSigIQ,SET

is the trend dump [VS]: what the device has kept, every 2 s of up to 72 hours, as the program TrendCom of the vendor
writes it to a file; space, tab or comma between, 000 is none even without a fault. It is the past: MasimoTrend reads it
with the times of its own clock from the first line on, MasimoAscii1 says only that it comes.

Trust: no checksum. A live line counts if it is whole, of this form, directly after another, and rate, SpO2 and PI are
within 10, 4 and 5 of those of the line before or of the last that counted. A trend line counts directly after another.
Measured: of the numbers shown in a disturbed stream, so many were not what the device had said (live, trend).

    2 of 3 packets damaged                       442 of 596 427     1 380 of 441 483
    1 bit in 10 000 flipped                      42 of 93 352       22 of 24 563
    1 bit in 1000 flipped                        130 of 24 013      128 of 12 890
    1 byte in 100 lost, doubled or replaced      5 of 21 647        2 of 9 270
    10 MB of noise                               0                  0

A wrong live number is off by 10, 4 and 5 at most, for a line or two.

Standing: public code; EXC and the trend dump specified.
"""

import re
from datetime import datetime
from typing import ClassVar

from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, DeviceState, DeviceStatus, Reading, Signal
from ingest.oximeter_frames import Said
from ingest.oximeter_lines import Lines, Seconds

SIGNALS = (Signal.PR, Signal.SPO2, Signal.PI)
NEAR = (10, 4, 5)
LONGEST = 512

STAMP = rb"\d\d/\d\d/\d\d[ \t,]\d\d:\d\d:\d\d"
FIELD = (
    rb"(?:SPO2=(?:0\d\d|100|-+)%?|BPM=(?:[0-2]\d\d|-+)|PI=(?:\d\d\.\d\d|[-.]+)%?|ALARM=[0-9A-F]{2,8}|EXC=[0-9A-F]{3,8}"
    rb"|(?!SPO2=|BPM=|PI=|ALARM=|EXC=)[A-Z0-9]+=[-+.%0-9A-Z]+)"
)
LIVE = rb"%b(?=.* SPO2=)(?=.* BPM=)(?=.* EXC=)(?: %b)+" % (STAMP, FIELD)
TREND = rb"%b[ \t,]SpO2=(?:0\d\d|100)[ \t,]PR=[0-2]\d\d[ \t,]PI=\d\d\.\d\d[ \t,]EXC=[0-9A-F]{3}(?::[A-Za-z,]*)?" % STAMP
EITHER, ONLY_TREND = re.compile(rb"%b|%b" % (LIVE, TREND)), re.compile(TREND)
PAIR = re.compile(rb"([A-Za-z0-9]+)=([^ \t,:%]+)")

STATES = (
    (0x01001, Condition.NO_SENSOR),
    (0x1C182, Condition.SENSOR_FAULT),
    (0x00004, Condition.LOW_PERFUSION),
    (0x00008, Condition.SEARCHING),
    (0x00050, Condition.INTERFERENCE),
    (0x00020, Condition.PROBE_OFF),
    (0x00400, Condition.LOW_SIGNAL),
)
"""Bits of EXC with what they mean."""
OFF = 0x1D1AB
"""Those with which numbers mean nothing."""
LOW_BATTERY = 0x40


class MasimoAscii1:
    """Decoder of the live lines; see the module for the wire."""

    TITLE: ClassVar[str] = "Masimo Rad-8, Rad-87, Radical-7, Rad-5 (serial output ASCII 1)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.PUBLIC
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset(SIGNALS)
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = Lines(EITHER, LONGEST)
        self._seconds = Seconds(source, SIGNALS, NEAR)
        self._is_dump = False
        self.counters = self._lines.counters

    @property
    def held(self) -> int:
        """Bytes of a line that has only begun."""
        return self._lines.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for line, in_step in self._lines.cut(data, now):
            was_dump, self._is_dump = self._is_dump, b" SPO2=" not in line
            if not self._is_dump:
                self._seconds.take(_said(line), in_step and not was_dump, now)
            elif not was_dump:
                detail = "sends its trend memory, not shown: for live numbers set its serial output to ASCII 1"
                self._seconds.say(DeviceStatus(now, self._source, DeviceState.CONNECTED, detail))
        return self._seconds.drain()

    def due(self, now: int) -> bytes:
        """Nothing: the device talks by itself."""
        return b""


class MasimoTrend:
    """Decoder of the trend dump, a file; see the module."""

    TITLE: ClassVar[str] = "Masimo Rad-8 trend memory (a file of TrendCom; for decode only)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset(SIGNALS)
    INTERVAL: ClassVar[int] = 2 * SECOND

    def __init__(self, source: str) -> None:
        self._lines = Lines(ONLY_TREND, LONGEST)
        self._seconds = Seconds(source, SIGNALS, near=None)
        self._first: datetime | None = None
        self._begun = self._latest = 0
        self.counters = self._lines.counters

    @property
    def held(self) -> int:
        """Bytes of a line that has only begun."""
        return self._lines.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes, at the times the device wrote down."""
        for line, in_step in self._lines.cut(data, now):
            self._seconds.take(_said(line), in_step, self._time(line, now))
        return self._seconds.drain()

    def due(self, now: int) -> bytes:
        """Nothing: it is a file."""
        return b""

    def _time(self, line: bytes, now: int) -> int:
        """`now` for the first line; never before another line, whatever its date."""
        try:
            stamp = datetime.strptime(line[:8].decode() + line[9:17].decode(), "%m/%d/%y%H:%M:%S")
        except ValueError:
            return self._latest
        if self._first is None:
            self._first, self._begun = stamp, now
        self._latest = max(self._latest, self._begun + int((stamp - self._first).total_seconds()) * SECOND)
        return self._latest


def _said(line: bytes) -> Said:
    fields = {key.upper(): value.strip(b"-.") for key, value in PAIR.findall(line)}
    exc = int(fields[b"EXC"], 16)
    conditions = {condition for bits, condition in STATES if exc & bits}
    if int(fields.get(b"ALARM", b"0"), 16) & LOW_BATTERY:
        conditions.add(Condition.LOW_BATTERY)
    if exc & OFF:
        return (None, None, None), frozenset(conditions)
    rate, spo2, pi = (fields.get(key) for key in (b"BPM" if b"BPM" in fields else b"PR", b"SPO2", b"PI"))
    return (int(rate or 0) or None, int(spo2 or 0) or None, float(pi or 0) or None), frozenset(conditions)
