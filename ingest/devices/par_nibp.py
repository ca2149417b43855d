"""PAR Medizintechnik / Medlab blood pressure modules: NIBP2010 and NIBP2020 UP, sold also as NIBScan and UN300C.

Vendor document: "NIBP2020 UP Technical Description" (revisions 1.0 to 2.14), of which parts are known [VS]. [RC] read
from public programs for these modules: tincho77 (UN300C), a therapy console and a firmware (NIBP2020), a patient
monitor; [UNC] uncertain.

Line: 4800 8N1 [VS]. (A board with SpO2 has 19200, FD and FE for STX and ETX, and SpO2 packets between: not for us.)

Host to module: STX c c ; ; X X ETX, where XX is the hexadecimal sum of all characters between, modulo 256 [VS]:

    01;;D7  start     03;;D9  manual mode, ends the module's own cycles     18;;DF  send the status
    X       (the bare letter, no frame) abort the measurement [RC x4]

Module to host, each closed by ETX CR:

    pppC.Ss             while it works: cuff pressure mmHg, caution digit, state s. No checksum [VS]
    999                 end of the measurement, also after an abort. No checksum [VS]
    S.;A.;C..;M..;Psssdddmmm;Rrrr;Ttttt;;XX    status, with the same checksum [VS]:
        S   0 self-test, 1 standby, 2 error, 3 measuring, 4 manometer, 5 started up, 6 cycle, 7 leak test,
            8 inflating, 9 holding                  A   0 adult
        C   cycle, minutes                          M   error, see ERRORS; 00 and 03 are none [RC]
        P   systolic, diastolic, mean, mmHg         R   pulse rate
        T   seconds to the next measurement; dashes or spaces: no value

**The pressures in a status may be those of the measurement before**, also beside an error [VS, section 13.6]. So a
status is a result only once, directly after a measurement was seen to run: two cuff pressures in succession with state
3, 8 or 9 (one bit makes a leak test look like one), or a status that says so. With an error it has no numbers, and
after an abort it is always "stopped". No pressures and no error: stopped at the module.
The printed samples `P135345234...D9` and `P125080090;R075;T0005;;D2` break the checksum rule (57 and 40 would be
right): both are refused.

Here: after 999 the status is asked for. At rest it is asked for every 1.25 s, so that a dead line shows. While
the module measures, nothing is sent unless it is silent for 3 s: what a command does then is not known [UNC]. The
module wants about a second between commands [RC]. A start that no cuff pressure follows is sent again every 3 s, five
times. The pulse rate is not said, because the monitor takes a rate for one that goes on.

Trust: numbers come only with a checksum, and only in the exact form above. The sum finds every single changed byte.
Measured: of the results shown in a disturbed stream, so many were not what the module had said.

    2 of 3 packets damaged                       1 of 64 566
    1 bit in 10 000 flipped                      0 of 48 308
    1 bit in 1000 flipped                        1 of 35 631
    1 byte in 100 lost, doubled or replaced      0 of 32 939
    10 MB of noise                               0

Of statuses with 2, 3 or 4 bytes replaced (30 000 each), by any byte 0.003, 0 and 0 % gave a wrong pressure; by digits
in the place of digits, which the form cannot see, 2.0, 1.0 and 0.5 % did. A disturbed 999 costs 3 s.

Standing: public code, the frames confirmed by the vendor's document.
"""

import re
from typing import ClassVar

from ingest.checked_frames import CheckedFrames
from ingest.cuff import STOPPED, Cuff
from ingest.devices import Line, Standing
from ingest.model import NIBP, SECOND, Reading, Signal

START = b"\x0201;;D7\x03"
MANUAL = b"\x0203;;D9\x03"
GET_STATUS = b"\x0218;;DF\x03"
ABORT = b"X"

SLOT = SECOND * 5 // 4
SILENCE = 3 * SECOND
"""A module at work says the cuff pressure several times a second; after this its end has been missed."""

PRESSURE = rb"\d{3}C\dS\d"
STATUS = rb"S\d;A\d;C[\d-]{2};M[\d-]{2};P(?:\d{9}|-{9});R[\d-]{3};T[\d -]{4};;[0-9A-F]{2}"
FORM = re.compile(rb"(?=(\x02(?:999|" + PRESSURE + rb"|" + STATUS + rb")\x03\r))")
CHECKED = 39
"""Characters of a status between STX and ETX: the one frame with a checksum."""

AT_WORK = re.compile(rb"\d{3}C\dS[389]|S[389];")
NO_ERROR = ("00", "03")
ERRORS = {
    "02": "self-test failed or command invalid",
    "05": STOPPED,
    "06": "cuff loose or not connected",
    "07": "cuff or hose leaking",
    "08": "pneumatic fault",
    "09": "time exceeded, pulse too weak",
    "10": "pressure outside the range",
    "11": "movement",
    "12": "cuff pressure too high",
    "13": "pulse signal too strong",
    "14": "leak found in the leak test",
    "15": "system error",
}


class ParNibp:
    """Decoder and control of the module; see the module's docstring for the wire."""

    TITLE: ClassVar[str] = "PAR / Medlab NIBP2010, NIBP2020 UP (NIBScan, UN300C)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(4800),)
    STANDING: ClassVar[Standing] = Standing.PUBLIC
    SIGNALS: ClassVar[frozenset[Signal]] = NIBP
    INTERVAL: ClassVar[int] = 2 * SECOND

    def __init__(self, source: str) -> None:
        self._frames = CheckedFrames(FORM, longest=CHECKED + 3, is_good=_is_good)
        self._cuff = Cuff(source)
        self._is_own_cycle = False
        self._was_at_work = False
        self._has_ended = False
        self._heard = 0
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
        """Measure every `seconds` (60 at least, else ValueError); None: only when asked. Ends the module's cycles."""
        self._cuff.every(seconds)
        self._is_own_cycle = True

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for frame, _ in self._frames.cut(data, now):
            self._heard = now
            self._cuff.alive(now)
            body = frame[1:-2]
            was_at_work, self._was_at_work = self._was_at_work, bool(AT_WORK.match(body))
            if body == b"999":
                self._has_ended = self._cuff.is_measuring
            elif self._was_at_work:
                self._has_ended = False
                if was_at_work or len(body) == CHECKED:
                    self._cuff.measuring(now)
            elif body[:1] == b"S" and self._cuff.is_measuring:
                self._take(body.decode("ascii"), now)
        return self._cuff.drain()

    def due(self, now: int) -> bytes:
        """Abort at once; else a command every 1.25 s at most, and none while the module is at work."""
        if self._cuff.stop_due(now):
            return ABORT
        if now < self._free:
            return b""
        if self._cuff.start_due(now):
            return self._spend(START, now)
        if self._is_own_cycle and not self._cuff.is_busy:
            self._is_own_cycle = False
            return self._spend(MANUAL, now)
        if self._cuff.is_measuring and not self._has_ended and now - self._heard < SILENCE:
            return b""
        return self._spend(GET_STATUS, now)

    def _spend(self, command: bytes, now: int) -> bytes:
        self._free = now + SLOT
        return command

    def _take(self, body: str, now: int) -> None:
        self._has_ended = False
        error, pressures = body[11:13], body[15:24]
        if error not in NO_ERROR or body[1] == "2":
            self._cuff.failed(now, ERRORS.get(error, f"module error {error}"))
        elif pressures.isdigit():
            self._cuff.result(now, *(int(pressures[at : at + 3]) for at in (0, 3, 6)))
        else:
            self._cuff.failed(now, STOPPED)


def _is_good(frame: bytes) -> bool:
    """The two frames without a checksum are good by their form: they carry no result."""
    return len(frame) < CHECKED + 3 or sum(frame[1:-4]) % 256 == int(frame[-4:-2], 16)
