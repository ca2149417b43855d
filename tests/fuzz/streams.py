"""What each device says when nothing disturbs it, turn by turn, and what is true meanwhile.

A turn is a second of a device that talks by itself, and a whole measurement of one that gives single results. A packet
is the smallest thing that is sent in one piece; PACKET says what that is for each device.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from types import MappingProxyType

from ingest.devices.dinamap import POLLS
from ingest.devices.dinamap import START as DINAMAP_START
from ingest.devices.par_nibp import GET_STATUS
from ingest.devices.par_nibp import START as PAR_START
from ingest.devices.suntech_nibp import GET_PRESSURE, GET_RESULT
from ingest.devices.suntech_nibp import START as SUNTECH_START
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators import Vitals
from ingest.model import SECOND, NibpReading, Observation, Reading, Signal, micros

CAPTURES = Path(__file__).parents[2] / "sample_data" / "captures"
SECONDS, MEASUREMENTS = 600, 200
"""How many turns a stream has before it is begun again."""

PACKET: Mapping[str, re.Pattern[bytes]] = MappingProxyType(
    {
        name: re.compile(form, re.DOTALL)
        for name, form in {
            "berry-bci": rb".{5}",  # a frame
            "capnostream20": rb"\x85[^\x85]+",  # a frame
            "contec-5byte": rb".{5}",  # a frame
            "contec-v7": rb".{9}",  # a packet of the stream
            "dinamap": rb" [^\r]+\r",  # a reply
            "ivy-450c": rb"\xff[^\xfe]+\xfe",  # a message, with all its waves and lines
            "masimo-ascii1": rb"[^\n]+\n",  # a line
            "masimo-trend": rb"[^\n]+\n",  # a line
            "nellcor-ascii": rb"[^\n]+\n",  # a line, headers too
            "nonin-ascii": rb"[^\n]+\n",  # a line
            "nonin-df1": rb".{3}",  # a frame
            "nonin-df13": rb".{22}",  # a measurement
            "nonin-df2": rb".{125}",  # 25 frames
            "nonin-df7": rb".{125}",  # 25 frames
            "nonin-df8": rb".{4}",  # a frame
            "par-nibp": rb"\x02[^\r]+\r",  # a reply, or a cuff pressure unasked
            "suntech-nibp": rb"\x3e(?:\x04.{2}|\x05.{3}|\x18.{22})",  # a reply
        }.items()
    }
)

SCRIPTS: Mapping[str, tuple[tuple[bytes, float], ...]] = MappingProxyType(
    {
        "dinamap": (*((poll, 0.0) for poll in POLLS), (DINAMAP_START, 36), *((poll, 0.0) for poll in POLLS)),
        "nonin-df13": ((b"", 0), (b"", 11)),
        "par-nibp": ((PAR_START, 0.25), (b"", 0.25), (b"", 0.25), (b"", 36), (GET_STATUS, 0)),
        "suntech-nibp": ((SUNTECH_START, 0), (GET_PRESSURE, 5), (GET_PRESSURE, 5), (b"", 30), (GET_RESULT, 0)),
    }
)
"""A measurement of the devices that give single results: what they are told, and the seconds until they answer."""

NOTHING = Vitals(None, None, None, None, None, None, None, None)
Number = tuple[Signal, float] | tuple[float | None, ...]
"""A signal's value, or the three pressures of a cuff reading."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, packet by packet, which numbers would be right, and whether the patient has just changed."""

    packets: tuple[bytes, ...]
    right: frozenset[Number]
    is_first: bool


def numbers(readings: list[Reading]) -> list[Number]:
    """What would be believed: every number that is there."""
    said: list[Number] = []
    for reading in readings:
        match reading:
            case Observation(signal=signal, value=value) if value is not None:
                said.append((signal, value))
            case NibpReading(sys=sys_, dia=dia, map=map_) if sys_ is not None:
                said.append((sys_, dia, map_))
    return said


def capture(name: str) -> bytes:
    """The golden capture."""
    return (CAPTURES / f"{name}.bin").read_bytes()


@cache
def stream(name: str) -> tuple[Turn, ...]:
    """What the emulated device says of a patient whose numbers move, jump and vanish; always the same."""
    said = _measurements(name) if name in SCRIPTS else _trend() if name == "masimo-trend" else _seconds(name)
    turns, before = [], NOTHING.spo2
    for vitals, data in said:
        is_first, before = vitals.spo2 not in (None, before), vitals.spo2
        if data:
            turns.append(Turn(tuple(PACKET[name].findall(data)), _right(vitals), is_first))
    return tuple(turns)


def _seconds(name: str) -> Iterator[tuple[Vitals, bytes]]:
    emulator, decoder = EMULATORS[name](), DEVICES[name]("x")
    leaves = 0.0 if name == "nonin-df1" else 0.1  # format 1 cannot say that the finger is out
    for second, vitals in enumerate(_patient(Random(name), leaves)):
        now = second * SECOND
        emulator.hear(decoder.due(now), now)
        emulator.vitals = vitals
        data = emulator.say(now)
        decoder.feed(data, now)
        yield vitals, data


def _measurements(name: str) -> Iterator[tuple[Vitals, bytes]]:
    emulator, dice, now = EMULATORS[name](), Random(name), 0
    for _ in range(MEASUREMENTS):
        emulator.vitals = NOTHING
        data = emulator.say(now)
        emulator.vitals = _anybody(dice)
        for command, seconds in SCRIPTS[name]:
            emulator.hear(command, now)
            now += micros(seconds)
            data += emulator.say(now)
        yield emulator.vitals, data
        now += 60 * SECOND


def _trend() -> Iterator[tuple[Vitals, bytes]]:
    for second, vitals in enumerate(_patient(Random("masimo-trend"), 0.1)):
        stamp = datetime(2008, 9, 21, 9) + timedelta(seconds=2 * second)
        spo2, pr, pi = vitals.spo2 or 0, vitals.pr or 0, vitals.pi or 0
        line = f"{stamp:%m/%d/%y %H:%M:%S} SpO2={spo2:03.0f} PR={pr:03.0f} PI={pi:05.2f} EXC=800:SET\r\n"
        yield vitals, line.encode()


def _patient(dice: Random, leaves: float) -> Iterator[Vitals]:
    """Somebody else, or nobody, every 10 s; the same cuff pressures for 5 minutes, for a monitor repeats them."""
    vitals = cuff = _anybody(dice)
    for second in range(SECONDS):
        if second % 300 == 30:
            cuff = _anybody(dice)
        if second % 10 == 0:
            vitals = NOTHING if dice.random() < leaves else _anybody(dice)
        elif vitals.pr is not None:
            vitals = replace(vitals, pr=vitals.pr + dice.choice((-1, 0, 0, 1)))
        vitals = replace(vitals, sys=cuff.sys, dia=cuff.dia, map=cuff.map)
        yield vitals


def _anybody(dice: Random) -> Vitals:
    dia = dice.randint(40, 110)
    return Vitals(
        pr=dice.randint(31, 249),
        spo2=dice.randint(70, 100),
        sys=dia + dice.randint(25, 90),
        dia=dia,
        map=dia + dice.randint(8, 24),
        pi=dice.randint(5, 1200) / 100,
        rr=dice.randint(0, 40),
        etco2=dice.randint(0, 90),
    )


def _right(vitals: Vitals) -> frozenset[Number]:
    """The numbers a decoder may say now."""
    signals = {
        Signal.PR: vitals.pr,
        Signal.HR: vitals.pr,
        Signal.SPO2: vitals.spo2,
        Signal.PI: vitals.pi,
        Signal.RR: vitals.rr,
        Signal.ETCO2: vitals.etco2,
    }
    single: set[Number] = {(signal, value) for signal, value in signals.items() if value is not None}
    return frozenset(single | {(vitals.sys, vitals.dia, mean) for mean in (vitals.map, None)})
