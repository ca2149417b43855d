"""Nellcor oximeters that print lines of text: NPB-290, NPB-295, N-395, N-595 and, expected to, N-560 and N-600x.

Vendor documents: operator's manuals of the NPB-290, NPB-295 and N-395, appendix "Data Port Protocol" (public copies at
mallinckrodt.manymanuals) [VS]. [RC] read in public programs: mdpnp/mdpnp (N-595), gregsidelinger/pulse-oximeter;
[UNC] uncertain.

Line: 9600 8N1 [RC], 19200 for some [UNC], 15-pin connector. It talks by itself, a line every 2 s [VS]; nothing is sent
to it. It honours XON/XOFF [VS]: should noise have stopped it, Ctrl-Q (11) from a terminal starts it again. The NPB-290
does not talk on battery [VS].

    NPB-295 VERSION 2.0.0.0 CRC: XXXX SpO2 Limit: 70-100% PR Limit: 60-160BPM
               ADULT 0SAT-S SPO2 RESP MODE: NORMAL                     N-595 only [RC]
    TIME %SPO2 BPM PA Status
    12-NOV-98 14:00:05 100 120 50
    12-NOV-98 14:00:07 85* 121 50 SL

Headers come every 25 lines and when a limit was changed [VS]. SpO2 %, pulse rate per minute, pulse amplitude (not a
perfusion index: not used), then codes [VS]; `*` behind a number: the device's own alarm, the number is good; dashes:
none. CR LF ends a line. How many blanks stand where is not known: up to eight.

    AO AS  alarm off, silenced           LB  low battery          PS  searching for a pulse
    PH PL  pulse rate limit              LP  loss of pulse        LM  the same with interference
    SH SL  saturation limit              SO  sensor off           SD  sensor disconnected
    MO     interference                  others not used

No reading: dashes, 0, or one of the codes LM, LP, PS, SD, SO. Loss of pulse is told as "searching for pulse".

Trust: no checksum. A line counts if it is whole, of this form, directly after another one or a header, 5 s at most, and
rate and SpO2 are within 10 and 4 of those of the line before or of the last that counted. Measured: of the numbers
shown in ten hours of a disturbed stream, so many were not what the device had said.

    2 of 3 packets damaged                       368 of 248 504
    1 bit in 10 000 flipped                      11 of 34 078
    1 bit in 1000 flipped                        58 of 20 540
    1 byte in 100 lost, doubled or replaced      0 of 21 267
    10 MB of noise                               0

A wrong number is off by 10 and 4 at most, for a line or two.

Standing: public code; the line and its headers specified, for the models first named.
"""

import re
from typing import ClassVar

from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, Reading, Signal
from ingest.oximeter_frames import Said
from ingest.oximeter_lines import Lines, Seconds

SIGNALS = (Signal.PR, Signal.SPO2)
NEAR = (10, 4)
GAP = 5 * SECOND
"""Two lines may be lost before everything begins anew."""

MONTH = rb"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
NUMBERS = re.compile(
    rb"[0-3 ]?\d-%b-\d\d {1,4}[0-2 ]?\d:[0-5]\d:[0-5]\d {1,8}(?P<spo2>\d\d?|100|-+)\*? {1,8}(?P<pr>[1-3]?\d?\d|-+)\*?"
    rb" {1,8}(?:\d{1,3}|-+)\*?(?P<codes>(?: {1,8}[A-Z]{2})*)" % MONTH
)
HEADER = rb"\S+ +VERSION +[0-9.]+ .*CRC:.*|\w+ +\d+SAT-S +SPO2 RESP MODE: .*|TIME +%SPO2 +BPM +PA +STATUS"
FORM = re.compile(rb"%b|(?i:%b)" % (re.sub(rb"\?P<\w+>", b"?:", NUMBERS.pattern), HEADER))
LONGEST = 132

STATES = {
    b"LB": {Condition.LOW_BATTERY},
    b"LM": {Condition.SEARCHING, Condition.INTERFERENCE},
    b"LP": {Condition.SEARCHING},
    b"MO": {Condition.INTERFERENCE},
    b"PS": {Condition.SEARCHING},
    b"SD": {Condition.NO_SENSOR},
    b"SO": {Condition.PROBE_OFF},
}
OFF = {Condition.SEARCHING, Condition.NO_SENSOR, Condition.PROBE_OFF}


class NellcorAscii:
    """Decoder of the lines; see the module for the wire."""

    TITLE: ClassVar[str] = "Nellcor NPB-290, NPB-295, N-395, N-595 (lines of text)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600), Line(19200))
    STANDING: ClassVar[Standing] = Standing.PUBLIC
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset(SIGNALS)
    INTERVAL: ClassVar[int] = 2 * SECOND

    def __init__(self, source: str) -> None:
        self._lines = Lines(FORM, LONGEST, GAP)
        self._seconds = Seconds(source, SIGNALS, NEAR)
        self.counters = self._lines.counters

    @property
    def held(self) -> int:
        """Bytes of a line that has only begun."""
        return self._lines.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for line, in_step in self._lines.cut(data, now):
            if numbers := NUMBERS.fullmatch(line):
                self._seconds.take(_said(numbers), in_step, now)
        return self._seconds.drain()

    def due(self, now: int) -> bytes:
        """Nothing: the device talks by itself."""
        return b""


def _said(line: re.Match[bytes]) -> Said:
    found = [STATES[code] for code in line["codes"].split() if code in STATES]
    conditions = frozenset[Condition]().union(*found)
    if conditions & OFF:
        return (None, None), conditions
    return (_number(line["pr"]), _number(line["spo2"])), conditions


def _number(digits: bytes) -> int | None:
    return (int(digits) or None) if digits.isdigit() else None
