"""Faults as people ask for them, typed or on the command line: `[DEVICE:] WHAT [ARGUMENT]`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.emulators.faults import FAULTS, FaultError, FaultyDevice
from ingest.model import micros

_TYPED = re.compile(r"\s*(?:(?P<device>[^\s:]+)\s*:)?\s*(?P<what>[^\s:]+)(?:\s+(?P<argument>.*?))?\s*")
_PLANNED = re.compile(r"(?P<order>.*?)(?:@(?P<at>\d+\.?\d*)(?:\+(?P<lasts>\d+\.?\d*))?)?")

HELP = "\n".join(
    [
        "faults:",
        *(f"  {fault:14}{text}" for fault, text in FAULTS.items()),
        "  plug          plugs it in again",
        "  ok            [WHAT] ends that fault, or all",
        "One device only: DEVICE: WHAT.",
    ]
)


@dataclass(frozen=True, slots=True)
class Order:
    """What some devices are told."""

    devices: tuple[FaultyDevice, ...]
    what: str
    argument: str

    def obey(self) -> str:
        """Tell it to them; returns it in words."""
        for device in self.devices:
            if self.what == "ok":
                device.end(self.argument)
            else:
                device.begin(self.what, self.argument)
        return f"{', '.join(device.name for device in self.devices)}: {self.what} {self.argument}".rstrip()


def order(text: str, devices: Sequence[FaultyDevice]) -> Order:
    """What `text` tells whom: the device it names, else every one that can have such a fault.

    FaultError when there is none, with the reason of each.
    """
    match = _TYPED.fullmatch(text)
    if not match:
        raise FaultError("name a fault, or help")
    name, what, argument = match["device"], match["what"], match["argument"] or ""
    named = [device for device in devices if name in {None, device.name}]
    if not named:
        raise FaultError(f"no device {name!r} here: there is {', '.join(device.name for device in devices)}")
    if what == "plug" and not argument:
        what, argument = "ok", "unplug"
    if what == "ok":
        if argument and argument not in FAULTS:
            raise FaultError(f"no fault {argument!r}: there is {', '.join(FAULTS)}")
        return Order(tuple(named), what, argument)
    able, reasons = [], dict[str, None]()
    for device in named:
        try:
            device.check(what, argument)
            able.append(device)
        except FaultError as error:
            reasons[str(error)] = None
    if not able:
        raise FaultError("; ".join(reasons))
    return Order(tuple(able), what, argument)


class Plan:
    """Orders for later, each `WHAT[@SECONDS[+DURATION]]` of the session's time; without a time, at once."""

    def __init__(self, texts: Iterable[str], devices: Sequence[FaultyDevice]) -> None:
        planned = [step for text in texts for step in _steps(text, devices)]
        self._left = sorted(planned, key=lambda step: step[0])

    def due(self, t: int) -> Iterator[Order]:
        """The orders whose time has come at `t`, microseconds; each once."""
        while self._left and self._left[0][0] <= t:
            yield self._left.pop(0)[1]


def _steps(text: str, devices: Sequence[FaultyDevice]) -> Iterator[tuple[int, Order]]:
    match = _PLANNED.fullmatch(text)
    if not match or "@" in match["order"]:
        raise FaultError(f"{text!r}: write WHAT, WHAT@SECONDS or WHAT@SECONDS+DURATION")
    begin, at = order(match["order"], devices), float(match["at"] or 0)
    yield micros(at), begin
    if match["lasts"]:
        yield micros(at + float(match["lasts"])), Order(begin.devices, "ok", begin.what)
