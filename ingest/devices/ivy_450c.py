"""Ivy 450C bedside monitor in its ANSAR-B format: heart rate, SpO2 and cuff pressure in one stream.

No vendor document is public. [CAP] seen in the 27 messages of one monitor published with mdpnp/mdpnp, [RC] read in that
program; [UNC] uncertain.

Line: 9600 8N1 [RC]. It talks by itself, one message a second; nothing is sent to it.

    byte
    0          FF
    1-8        "ANSAR-B "
    9-208      ECG, 200 a second           209-258   respiration, 50 a second
    259-308    pleth, 50 a second          309-358, 359-408   invasive pressures, 50 a second
    409-       lines of text, each ended by CR
    last       FE

    HR=1;80;ECG-II-DIAG;          heart rate from the ECG; lead and filter; message
    RR=1;35;APNEA: 20 SEC;        breaths a minute
    ETCO2=1;;;                    unit not known: not used
    SPO2=1;100;PR=80 ;            SpO2 %, pulse rate; message
    NIBP=4;121;75;92;80;;         systolic, diastolic, mean, pulse rate; label; message
    P1=3;111;73;88;;   P2=3;;;;NO TRANSDUCER;   T1=1;;;   T2=1;;;     not used

An empty field: none [CAP]. What the digit behind "=" means is not known; nor are the messages of HR, SPO2 and NIBP:
they are told in the device's own words, and hide nothing.

The cuff's numbers are repeated every second until the next measurement, without its time. So a reading is only said
when they change, or come back after they were empty. Those already there at the start, or after a minute without the
monitor, may be hours old or another patient's: they are told in words, as of unknown time. A measurement that gives
the very numbers of the last one is not noticed unless the monitor empties the fields meanwhile [UNC]: the shown one
then looks older than it is.

Trust: no checksum. A message must be whole, numbers where numbers belong, and come directly after another. Rates,
SpO2 and breaths count within 10, 4 and 20 of the message before or of the last that counted, pressures if two
successive messages say the same. Measured: of the numbers shown in a disturbed stream, so many were not what the
device had said.

    2 of 3 packets damaged                       174 of 1 045 718
    1 bit in 10 000 flipped                      9 of 27 802
    1 bit in 1000 flipped                        26 of 7 649
    1 byte in 100 lost, doubled or replaced      0 of 1 110
    10 MB of noise                               0

None of them was a pressure; the others are off by 10, 4 and 20 at most, for a message or two.

Standing: experimental, for one monitor was seen.
"""

import re
from typing import ClassVar

from ingest.devices import Line, Standing
from ingest.model import NIBP, SECOND, NibpReading, Reading, Signal, Waveform
from ingest.oximeter_frames import Frames
from ingest.oximeter_lines import Seconds

SIGNALS = (Signal.HR, Signal.PR, Signal.SPO2, Signal.RR)
NEAR = (10, 10, 4, 20)
TOO_LONG_AWAY = 60 * SECOND
PLETH = slice(259, 309)
PLETH_RATE = 50
TEXT = 409

N, REST = rb"[ \d]{0,4}", rb"[ -~]{0,60}"
LINE = (
    rb"(?:[HR]R=\d;%b;%b|SPO2=\d;%b;(?:PR=%b)?;%b|NIBP=\d;%b;%b;%b;%b;%b|(?!HR=|RR=|SPO2=|NIBP=)[A-Z][A-Z\d]{0,7}=%b)\r"
)
LINE %= (N, REST, N, N, REST, N, N, N, N, REST, REST)
FORM = re.compile(rb"\xffANSAR-B (?:(?!\xffANSAR-B ).){400}(?:%b){1,12}\xfe" % LINE, re.DOTALL)
LONGEST = TEXT + 12 * 90 + 1

Pressures = tuple[int | None, ...]
"""Systolic, diastolic, mean and pulse rate."""


class Ivy450C:
    """Decoder of the messages; see the module for the wire."""

    TITLE: ClassVar[str] = "Ivy 450C monitor (ANSAR-B)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(9600),)
    STANDING: ClassVar[Standing] = Standing.EXPERIMENTAL
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({*SIGNALS, Signal.PLETH}) | NIBP
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._source = source
        self._frames = Frames(FORM, LONGEST)
        self._seconds = Seconds(source, SIGNALS, NEAR)
        self._heard = 0
        self._before: Pressures = ()
        self._known: Pressures | None = None
        self._old = ""
        self.counters = self._frames.counters

    @property
    def held(self) -> int:
        """Bytes of a message that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for frame, in_step in self._frames.cut(data, now):
            if now - self._heard > TOO_LONG_AWAY:
                self._known = None
            self._heard = now
            self._read(frame, in_step, now)
        return self._seconds.drain()

    def due(self, now: int) -> bytes:
        """Nothing: the monitor talks by itself."""
        return b""

    def _read(self, frame: bytes, in_step: bool, now: int) -> None:
        fields = _fields(frame)
        hr, rr, spo2 = (_number(fields[key][1]) for key in ("HR", "RR", "SPO2"))
        pr = _number(fields["SPO2"][2].removeprefix("PR="))
        cuff = self._cuff(tuple(_number(field) for field in fields["NIBP"][1:5]), in_step, now)
        messages = [f"{key} {text}" for key in ("HR", "SPO2", "NIBP") if (text := _message(fields[key]))]
        detail = "; ".join(filter(None, [*messages, self._old]))
        if self._seconds.take(((hr, pr, spo2, rr), frozenset()), in_step, now, detail) and spo2 is not None:
            begun = max(0, now - SECOND)
            wave = tuple(frame[PLETH])
            self._seconds.say(Waveform(begun, self._source, Signal.PLETH, float(PLETH_RATE), wave))
        if cuff:
            self._seconds.say(cuff)

    def _cuff(self, pressures: Pressures, in_step: bool, now: int) -> NibpReading | None:
        """The reading of a new measurement."""
        is_repeated, self._before = in_step and pressures == self._before, pressures
        if not is_repeated or pressures == self._known:
            return None
        was_known, self._known = self._known, pressures
        sys, dia, map_, _ = pressures
        if sys is None or dia is None or not dia < sys:
            self._old = ""
            return None
        if was_known is None:
            self._old = f"NIBP {sys}/{dia} measured before, time unknown: not shown"
            return None
        self._old = ""
        return NibpReading(now, self._source, sys, dia, map_)


def _fields(frame: bytes) -> dict[str, list[str]]:
    """The fields of each line by its name; a line that is missing has empty ones."""
    lines = [line.split(";") for line in frame[TEXT:-1].decode("ascii").split("\r")]
    missing = {"HR": [""] * 4, "RR": [""] * 4, "SPO2": [""] * 4, "NIBP": [""] * 7}
    return missing | {line[0].partition("=")[0]: line for line in lines}


def _message(line: list[str]) -> str:
    """What stands behind the numbers: after three fields, of the cuff after five."""
    return " ".join(filter(None, line[5 if line[0].startswith("NIBP") else 3 :])).strip()


def _number(field: str) -> int | None:
    return (int(field) or None) if field.strip().isdigit() else None
