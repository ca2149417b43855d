"""What can go wrong with an emulated device, on request: with its line, its finger or cuff, its battery.

A fault of the line stands between what the device says and the wire. All others change what it measures or shows, and
the device says it in its own bytes.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from ingest.drivers import EMULATORS
from ingest.emulators import Inflates, Summed, Vitals
from ingest.model import SECOND, Condition

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "lost-bytes": "[RATE] loses so many of its bytes (default 0.01)",
        "bad-checksums": "[RATE] sends so many of its checksums wrong (default 0.1)",
        "noise": "has a burst of random bytes in its stream about once a second",
        "silent": "says nothing; the port stays",
        "unplug": "is pulled out: the port goes",
        "finger-out": "finds no finger, or its sensor is off",
        "searching": "searches for the pulse",
        "low-perfusion": "finds hardly any pulse: a perfusion index of 0.1 %",
        "weak-battery": "says that its battery is low",
        "cuff-error": "[WORDS] fails at the next measurements, for this reason",
    }
)
"""Each with what the device then does."""

_SHOWN = {
    "finger-out": Condition.PROBE_OFF,
    "searching": Condition.SEARCHING,
    "low-perfusion": Condition.LOW_PERFUSION,
    "weak-battery": Condition.LOW_BATTERY,
}
_RATES = {"lost-bytes": 0.01, "bad-checksums": 0.1}
_LOW_PI = 0.1
_BURST = 20
"""Bytes of noise at most."""


class FaultError(ValueError):
    """A fault that cannot be: one line that says which and why."""


class FaultyDevice:
    """The emulated device `name` with the faults it is told to have; the same `seed`, the same misfortune.

    `patient` is what a sound device would measure and may be changed at any time. Times are microseconds.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.patient = Vitals()
        self._emulator = EMULATORS[name]()
        self._random = Random(f"{name} {seed}")  # noqa: S311
        self._faults: dict[str, str] = {}
        self._said = 0
        if isinstance(self._emulator, Summed):
            self._emulator.spoil = self._spoil

    @property
    def is_cuff(self) -> bool:
        """Whether it inflates a cuff when told: then it speaks when it is asked, and has no rate of its own."""
        return isinstance(self._emulator, Inflates)

    @property
    def is_plugged(self) -> bool:
        """Whether it has a port."""
        return "unplug" not in self._faults

    def check(self, fault: str, argument: str) -> None:
        """FaultError if the device cannot have this fault."""
        emulator, shown = self._emulator, _SHOWN.get(fault)
        if fault not in FAULTS:
            raise FaultError(f"no fault {fault!r}: there is {', '.join(FAULTS)}")
        if fault == "bad-checksums" and not isinstance(emulator, Summed):
            raise FaultError(f"{self.name} sends no checksums")
        if shown is not None and shown not in emulator.CAN_SHOW:
            raise FaultError(f"{self.name} cannot say {str(shown)!r}")
        if fault in _RATES:
            _rate(fault, argument)
        elif fault == "cuff-error":
            self._check_words(argument)
        elif argument:
            raise FaultError(f"{fault} takes nothing behind it: {argument!r}")

    def _check_words(self, words: str) -> None:
        if not isinstance(self._emulator, Inflates):
            raise FaultError(f"{self.name} has no cuff that can be made to fail")
        if words and words not in (known := self._emulator.CUFF_ERRORS):
            raise FaultError(f"{self.name} knows no cuff error {words!r}: it has {', '.join(known)}")

    def begin(self, fault: str, argument: str = "") -> None:
        """Have this fault from now on; FaultError as `check`."""
        self.check(fault, argument)
        self._faults[fault] = argument
        self._show()

    def end(self, fault: str) -> None:
        """Have it no longer; "" ends all."""
        self._faults = {other: what for other, what in self._faults.items() if fault not in {"", other}}
        self._show()

    def say(self, now: int) -> bytes:
        """What reaches the line up to `now`."""
        self._emulator.vitals = self._measured()
        data = self._emulator.say(now)
        elapsed, self._said = now - self._said, now
        if self._faults.keys() & {"silent", "unplug"}:
            return b""
        if "noise" in self._faults and self._random.random() * SECOND < elapsed:
            at = self._random.randint(0, len(data))
            data = data[:at] + self._random.randbytes(self._random.randint(1, _BURST)) + data[at:]
        return bytes(byte for byte in data if not self._happens("lost-bytes"))

    def hear(self, data: bytes, now: int) -> None:
        """What the host sent."""
        if self.is_plugged:
            self._emulator.vitals = self._measured()
            self._emulator.hear(data, now)

    def _show(self) -> None:
        shown = frozenset(_SHOWN[fault] for fault in self._faults if fault in _SHOWN)
        self._emulator.conditions = shown - {Condition.SEARCHING} if Condition.PROBE_OFF in shown else shown
        if isinstance(self._emulator, Inflates):
            words = self._faults.get("cuff-error")
            self._emulator.cuff_error = self._emulator.CUFF_ERRORS[0] if words == "" else words

    def _measured(self) -> Vitals:
        if self._faults.keys() & {"finger-out", "searching"}:
            return replace(self.patient, pr=None, spo2=None, pi=None)
        return replace(self.patient, pi=_LOW_PI) if "low-perfusion" in self._faults else self.patient

    def _spoil(self, checksum: int) -> int:
        return checksum ^ 1 if self._happens("bad-checksums") else checksum

    def _happens(self, fault: str) -> bool:
        argument = self._faults.get(fault)
        return argument is not None and self._random.random() < _rate(fault, argument)


def _rate(fault: str, text: str) -> float:
    try:
        rate = float(text) if text else _RATES[fault]
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1:
        raise FaultError(f"{fault} {text}: RATE is a number above 0 and at most 1")
    return rate
