"""Contec oximeters of protocol V7.0: CMS50D+ from firmware 4.6, CMS50E, CMS50F, CMS50I, CMS60 and others.

Vendor document: Contec, "Communication protocol of pulse oximeter V7.0", 2010-07-08, 8 pages; public copies in the
repositories albertcbraun/CMS50FW and InfantLab/Contec-Pulse-Oximeter-in-Matlab. [VS] is from it, [RC] read in public
programs, [CAP] seen in published captures of real devices (headrotor/contec_data, titinho11/CMS50E-raw-ppg-data).

Line: 115200 8N1 [VS], also Bluetooth serial. No flow control: the type byte 0x11 of a reply is XON.

Packets: byte 0 is the type, below 0x80; all others have bit 7 set [VS]. Byte 1 holds the true bits 7: its bit k is
that of byte 2+k, k = 0 to 6. There is no checksum.

To the device, 9 bytes: 7D 81 command, then zeros packed as 80 [VS]. A1 starts the stream, A2 stops it (answer: 0C),
AF every 5 s says that we are there. A1 is repeated every 2 s while no numbers come: the device was off or away.

From the device, by type, with the whole length [VS]: 01:9 the stream, 60 +-2 a second; 0B:4 answer to a command
(command, reason); 0C:2 idle; 0D:3 it leaves (reason); 04 05 11 15:9  07 08 0F 12:8  09:6  0A:4  0E 10:3 not used;
02 03 13 14:9 and 06:4 not in the document but sent [CAP], not used.
Reasons: 0 done, 1 switched off, 2 another user, 3 recording, 4 not deleted, 5 not supported, FF unknown.

    type 01, after the bits 7 are back in place [VS]
    byte  bit   meaning
    2     0-3   signal strength 0 to 8; not used
          4     searching too long: show "searching"
          5     low SpO2: to be ignored     6  pulse beep; not used
          7     probe error: show "finger out"; pleth is 0x40
    3     0-6   pleth
          7     searching for the pulse
    4     0-3   bar graph; not used
          4     PI is invalid (1, as captures confirm; one public program names it the other way round)
          5-7   zero, meaningless
    5           pulse rate 1 to 254, FF: none
    6           SpO2 1 to 100 %, 7F: none
    7, 8        PI, low byte first, in 0.01 %, up to 22.00; FFFF: none

No reading: the codes above, 0, or one of the flags probe error, searching, searching too long (numbers are then old or
none). SpO2 above 100 and not 7F cannot be: not a packet.

Pace and trust: numbers once a second of packets and on change, from two successive packets that say the same.
Measured: of the numbers shown in 10 hours of a disturbed stream, so many were not what the device had said.

    2 of 3 packets damaged                       91 of 54 325
    1 bit in 10 000 flipped                      0 of 108 000
    1 bit in 1000 flipped                        53 of 108 693
    1 byte in 100 lost, doubled or replaced      0 of 108 753
    20 MB of noise                               0

A wrong number lasts until two good packets follow.

Standing: specified.
"""

import re
from typing import ClassVar

from ingest.devices import Line, Standing
from ingest.model import SECOND, Condition, DeviceState, Reading, Signal
from ingest.oximeter_frames import Frames, Said, Steady, runs

SIZE = 9
"""Bytes of a packet of the stream."""
CLEAR, SET = rb"[\x80-\x8f\xa0-\xaf\xc0-\xcf\xe0-\xef]", rb"[\x90-\x9f\xb0-\xbf\xd0-\xdf\xf0-\xff]"
"""A byte by its bit 4: of byte 1 that of an SpO2 above 127, of byte 2 searching too long, of byte 4 PI invalid."""
NUMBERS = rb"[\x80-\xff][\x80-\xe4\xff][\x80-\xff]{2}"
PACKETS = re.compile(
    runs(
        rb"\x01(%b)%b[\x80-\xff]%b(%b)" % (CLEAR, CLEAR, CLEAR, NUMBERS),
        rb"\x01(%b)%b[\x80-\xff]%b(%b)" % (CLEAR, CLEAR, SET, NUMBERS),
        rb"(\x01%b[\x80-\xff]{3}%b)" % (CLEAR, NUMBERS),
    )
    + rb"|[\x02-\x05\x11\x13-\x15][\x80-\xff]{8}|[\x07\x08\x0f\x12][\x80-\xff]{7}|\x09[\x80-\xff]{5}"
    rb"|[\x06\x0a\x0b][\x80-\xff]{3}|[\x0d\x0e\x10][\x80-\xff]{2}|\x0c[\x80-\xff]"
)
"""Of the stream runs that say the same: not searching too long, PI valid or not, the same bytes 1 and 5 to 8; else
wholly the same. Of the others each."""
START = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")
KEEP_ALIVE = bytes.fromhex("7D 81 AF 80 80 80 80 80 80")
RESTART_AFTER = 2 * SECOND
KEEP_ALIVE_EVERY = 5 * SECOND
REASONS = ("done", "switched off", "another user", "recording", "not deleted", "not supported")
FLAGS = ((0x8000, Condition.PROBE_OFF), (0x1000, Condition.SEARCHING), (0x0080, Condition.SEARCHING))
"""Bits of byte 2 (high) and byte 3 (low) with what they mean."""
STATES = 0x9080
"""All of them."""
SEVEN_BITS = bytes(range(0x80)) * 2
"""The pleth of byte 3."""


class ContecV7:
    """Decoder of the V7.0 protocol; see the module for the wire."""

    TITLE: ClassVar[str] = "Contec CMS50D+ from firmware 4.6, CMS50E/F/I, CMS60 (protocol V7.0)"
    LINES: ClassVar[tuple[Line, ...]] = (Line(115200),)
    STANDING: ClassVar[Standing] = Standing.SPECIFIED
    SIGNALS: ClassVar[frozenset[Signal]] = frozenset({Signal.PR, Signal.SPO2, Signal.PI, Signal.PLETH})
    INTERVAL: ClassVar[int] = SECOND

    def __init__(self, source: str) -> None:
        self._frames = Frames(PACKETS, longest=SIZE)
        self._steady = Steady(source, (Signal.PR, Signal.SPO2, Signal.PI), rate=60)
        self._heard = self._started = self._sent = -KEEP_ALIVE_EVERY
        self.counters = self._frames.counters

    @property
    def held(self) -> int:
        """Bytes of a packet that has only begun."""
        return self._frames.held

    def feed(self, data: bytes, now: int) -> list[Reading]:
        """The readings `data` completes."""
        for run, in_step in self._frames.cut(data, now):
            match _unpacked(run[:SIZE]):
                case 0x01, state, wave, bar, pr, spo2, pi_low, pi_high:
                    self._heard = now
                    said = _said(state, wave, bar, pr, spo2, pi_high << 8 | pi_low)
                    self._steady.take(said, run[3::SIZE].translate(SEVEN_BITS), in_step, now)
                case 0x0B, 0xA1, reason if reason:
                    self._steady.note(DeviceState.CONNECTED, f"does not start: {_words(reason)}", now)
                case 0x0D, reason:
                    self._steady.note(DeviceState.DISCONNECTED, f"ended by the device: {_words(reason)}", now)
        return self._steady.drain()

    def due(self, now: int) -> bytes:
        """The start command while nothing comes, else the keep-alive every 5 s."""
        if now - self._heard >= RESTART_AFTER and now - self._started >= RESTART_AFTER:
            self._started = self._sent = now
            return START
        if now - self._sent >= KEEP_ALIVE_EVERY:
            self._sent = now
            return KEEP_ALIVE
        return b""


def _unpacked(packet: bytes) -> list[int]:
    """The type and the bytes from byte 2 on, each with its own bit 7 again."""
    kind, high, *body = packet
    return [kind, *[byte & (high << 7 >> place | 0x7F) for place, byte in enumerate(body)]]


def _said(state: int, wave: int, bar: int, pr: int, spo2: int, pi: int) -> Said:
    flags = state << 8 | wave
    if flags & STATES:
        return (None, None, None), frozenset([condition for bit, condition in FLAGS if flags & bit])
    has_pi = not bar & 0x10 and 0 < pi <= 2200
    return (pr if 0 < pr < 255 else None, spo2 if 0 < spo2 < 127 else None, pi / 100 if has_pi else None), frozenset()


def _words(reason: int) -> str:
    return REASONS[reason] if reason < len(REASONS) else "reason unknown"
