"""Oridion / Medtronic Capnostream20: SpO2, pulse rate, EtCO2 and breaths, of a monitor made for sedation.

No vendor document is public. [RC] all of it was read in mdpnp/mdpnp (Java, run with real monitors there) and nowhere
else; [UNC] uncertain.

Line: 115200 8N1. No flow control.

    85, LEN, code, payload, CHK        LEN = 1 + length of the payload; CHK = LEN xor code xor payload

After the 85 a byte 85 is sent as 80 05 and 80 as 80 00, so 85 always begins a frame.

To the monitor:

    85 01 01 00    enable communication, answered with code 4: "V45.67 02/24/2008 B355987654  "
    85 01 04 05    start the numbers, after that answer
    85 01 06 07    link is active, every 5 s

Enable is sent again every 2 s while nothing comes. There are also 02 (disable) and 05 (stop): not sent, the monitor
notices that we are gone.

From the monitor, code 0: CO2 wave, 20 a second; not used but for byte 3 of the payload (see FAST). Code 1: the numbers,
once a second:

    payload   0-3    time, seconds           9      slow status: its own alarm sounds; not used
              4      EtCO2                   13     CO2 alarms: 01 no breath; others are its limits
              5      FiCO2; not used         14     SpO2 alarms: 01 pulse not found, 20 sensor off, 40 disconnected
              6      breaths a minute        15     seconds without breath; not used
              7      SpO2                    16-24  its alarm limits
              8      pulse rate              25     unit of CO2: 1 mmHg, 2 kPa / 10, 3 Vol% / 10
                                             26     extended status (see EXTENDED)

FF: none. With the three SpO2 alarms there is no SpO2 and no pulse rate. 0 breaths and 0 mmHg are numbers: nobody
breathes. EtCO2 is said in mmHg; Vol% depends on the air pressure and gives none.

Trust: two successive frames in step, and limits and unit, ten bytes, as in the packet of numbers before or the last
that counted: so a packet whose bytes were moved, which the monitor is known to send at times, is not taken. One in
which only the numbers were moved, the breaths where SpO2 should be, is known by SpO2 having become what the breaths
were; it is passed over, the same again counts. Pulse rate and SpO2 count within 10 and 4 of the packet before or
of the last that counted. Measured: of the numbers shown in a disturbed stream, so many were not what the device had
said.

    2 of 3 packets damaged                       0 of 1
    1 bit in 10 000 flipped                      0 of 53 500
    1 bit in 1000 flipped                        1 of 10 364
    1 byte in 100 lost, doubled or replaced      0 of 6 668
    10 MB of noise                               0

Standing: public code.
"""

import re
from functools import reduce
from math import inf
from operator import xor
from typing import ClassVar

from ingest.checked_frames import CheckedFrames
from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, Reading, Signal
from ingest.oximeter_lines import Seconds

ENABLE = bytes.fromhex("85 01 01 00")
START = bytes.fromhex("85 01 04 05")
LINK_IS_ACTIVE = bytes.fromhex("85 01 06 07")
RESTART_AFTER = 2 * SECOND
KEEP_ALIVE_EVERY = 5 * SECOND

SIGNALS = (Signal.PR, Signal.SPO2, Signal.RR, Signal.ETCO2)
NEAR = (10, 4, inf, inf)
"""Breaths and EtCO2 may go anywhere at once: apnea."""
NONE = 0xFF
TO_MMHG = {1: 1.0, 2: 0.750062}
"""By the unit: mmHg, and tenths of kPa."""

SPO2_STATES = ((0x01, Condition.SEARCHING), (0x20, Condition.PROBE_OFF), (0x40, Condition.NO_SENSOR))
NO_BREATH, LOW_BATTERY = 0x01, 0x80
EXTENDED = ((0x01, "check CO2 calibration"), (0x02, "check CO2 flow"), (0x04, "CO2 pump off"))
FAST = (
    (0x02, "CO2 warming up"),
    (0x04, "CO2 line blocked"),
    (0x10, "CO2 self-test"),
    (0x20, "CO2 line being purged"),
    (0x40, "no CO2 line connected"),
    (0x80, "CO2 fault"),
)
LIMITS = slice(16, 26)
"""The alarm limits and the unit: the same from packet to packet."""


def escaped(data: bytes) -> bytes:
    """Bytes as they stand after an 85."""
    return data.replace(b"\x80", b"\x80\x00").replace(b"\x85", b"\x80\x05")


def _form() -> re.Pattern[bytes]:
    byte = rb"(?:[^\x80\x85]|\x80[\x00\x05])"
    lengths = ((re.escape(escaped(bytes([length]))), byte, length + 1) for length in range(1, 256))
    return re.compile(rb"(?=(\x85(?:%b)))" % b"|".join(rb"%b%b{%d}" % length for length in lengths), re.DOTALL)


FORM = _form()
LONGEST = 1 + 2 * 257


class Capnostream20:
    """Decoder of the frames; see the module for the wire."""

    TITLE: ClassVar[str] = "Oridion / Medtronic Capnostream20"
    LINES: ClassVar[tuple[Line, ...]] = (Line(115200),)
    STANDING: ClassVar[Standing] = Standing.PUBLIC
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset(SIGNALS)
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._frames = CheckedFrames(FORM, LONGEST, is_good=lambda frame: not reduce(xor, _body(frame)))
        self._seconds = Seconds(source, SIGNALS, NEAR)
        self._before = self._counted = b""
        self._is_moved = self._is_enabled = False
        self._fast = 0
        self._heard = self._asked = self._sent = -KEEP_ALIVE_EVERY
        self.counters = self._frames.counters

    @property
    def held(self) -> int:
        """Bytes of a frame that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for frame, in_step in self._frames.cut(data, now):
            if not in_step:
                self._before = self._counted = b""
            body = _body(frame)
            code, payload = body[1], body[2:-1]
            if code == 1 and len(payload) >= 27:
                self._heard = now
                self._read(payload, now)
            elif code == 0 and len(payload) >= 4:
                self._heard, self._fast = now, payload[3]
            elif code == 4:
                self._is_enabled = True
        return self._seconds.drain()

    def due(self, now: int) -> bytes:
        """Start after an answer; enable while nothing comes; else the keep-alive every 5 s."""
        if self._is_enabled:
            self._is_enabled, self._sent = False, now
            return START
        if now - self._heard >= RESTART_AFTER and now - self._asked >= RESTART_AFTER:
            self._asked = self._sent = now
            return ENABLE
        if now - self._sent >= KEEP_ALIVE_EVERY:
            self._sent = now
            return LINK_IS_ACTIVE
        return b""

    def _read(self, payload: bytes, now: int) -> None:
        is_first, is_sure = not self._before, self._is_sure(payload)
        self._before = payload
        said = _numbers(payload), _conditions(payload)
        if (is_sure or is_first) and self._seconds.take(said, is_sure, now, self._words(payload)):
            self._counted = payload

    def _words(self, payload: bytes) -> str:
        words = [text for bit, text in EXTENDED if payload[26] & bit]
        words += [text for bit, text in FAST if self._fast & bit]
        if payload[25] not in TO_MMHG:
            words.append("EtCO2 is not in mmHg or kPa: change its unit at the monitor")
        return "; ".join(words)

    def _is_sure(self, payload: bytes) -> bool:
        if not self._before or payload[LIMITS] not in (self._before[LIMITS], self._counted[LIMITS]):
            return False
        breaths, spo2 = self._counted[6:8] or (NONE, NONE)
        self._is_moved = not self._is_moved and spo2 != payload[7] == breaths != NONE
        return not self._is_moved


def _body(frame: bytes) -> bytes:
    """LEN, code, payload and CHK."""
    return frame[1:].replace(b"\x80\x05", b"\x85").replace(b"\x80\x00", b"\x80")


def _conditions(payload: bytes) -> frozenset[Condition]:
    conditions = {condition for bit, condition in SPO2_STATES if payload[14] & bit}
    if payload[13] & NO_BREATH:
        conditions.add(Condition.NO_BREATH)
    if payload[26] & LOW_BATTERY:
        conditions.add(Condition.LOW_BATTERY)
    return frozenset(conditions)


def _numbers(payload: bytes) -> tuple[float | None, ...]:
    """Pulse rate, SpO2, breaths and EtCO2, in the order of SIGNALS."""
    etco2, _, breaths, spo2, pr = payload[4:9]
    is_off = any(payload[14] & bit for bit, _ in SPO2_STATES)
    unit = TO_MMHG.get(payload[25])
    return (
        None if is_off or pr in (0, NONE) else pr,
        None if is_off or not 0 < spo2 <= 100 else spo2,
        None if breaths == NONE else breaths,
        None if unit is None or etco2 == NONE else round(etco2 * unit, 1),
    )
