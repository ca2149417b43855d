"""Source URLs, as people type them on the command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from urllib.parse import parse_qsl

from ingest.devices import ControlsCuff, Decoder, Line, Parity
from ingest.drivers import DEVICES
from ingest.model import micros
from ingest.sources import Source, SourceError
from ingest.sources.capture import CaptureSource
from ingest.sources.csv import CsvSource
from ingest.sources.serial_port import SerialSource
from ingest.sources.simulator import open_scenario

SHORTEST_EVERY_S = 60
"""Seconds: what the cuff decoders accept."""

_SERIAL = ("device", "baud", "parity", "name", "wait", "every")
_CAPTURE = ("device", "baud", "parity", "name", "speed")
"""Their options."""

_TABLE = (".csv", ".tsv", ".txt")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.IGNORECASE | re.DOTALL)
"""Two letters at least: C: is a drive."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Whose bytes come under the name of a source, and over which line."""

    name: str
    device: type[Decoder]
    line: Line


def wire_of(url: str) -> Wire | None:
    """What a URL says of its bytes, without opening it; None: a source without bytes. SourceError as open_source."""
    scheme, _, rest = url.partition(":")
    known = {"serial": _SERIAL, "capture": _CAPTURE}.get(scheme.lower())
    return None if known is None else _wire(scheme.lower(), _options(scheme, _path_and_options(rest)[1], known))


def open_source(url: str) -> Source:
    """Open a source.

    `csv:PATH[?speed=10&follow=1&interval=60&time=%H:%M&name=bed 1]`, `csv:-` for standard input,
    `sim:SCENARIO[?seed=7&speed=2]`, `serial:PORT?device=NAME[&baud=19200&parity=O&name=bed 1&wait=1]`,
    `capture:FILE?device=NAME[&baud=19200&name=bed 1&speed=10]`, or simply a path that ends in .csv,
    .tsv or .txt. Options are URL-quoted, the path is taken as it stands. Raises SourceError for what
    is not known or cannot be opened.
    """
    match = _SCHEME.fullmatch(url)
    scheme, rest = match.groups() if match else ("", url)
    match scheme.lower():
        case "csv":
            return _open_csv(rest)
        case "sim":
            return _open_simulated(rest)
        case "serial":
            return _open_serial(rest)
        case "capture":
            return _open_capture(rest)
    if _path_and_options(url)[0].lower().endswith(_TABLE) and (not match or _exists(url)):
        return _open_csv(url)
    raise SourceError(
        f"{url!r}: not a source: use csv:PATH, csv:-, sim:SCENARIO, serial:PORT?device=NAME, "
        "capture:FILE?device=NAME or a file that ends in .csv"
    )


def _open_csv(rest: str) -> CsvSource:
    path, query = _path_and_options(rest)
    if not path:
        raise SourceError("csv: names no file: use csv:PATH, or csv:- for standard input")
    options = _options("csv", query, ("speed", "follow", "interval", "time", "name"))
    interval = _positive("csv", "interval", options["interval"]) if "interval" in options else None
    return CsvSource(
        path,
        speed=_positive("csv", "speed", options.get("speed", "1")),
        follow=_is_on("csv", "follow", options),
        interval=None if interval is None else micros(interval),
        time_format=options.get("time"),
        name=options.get("name"),
    )


def _open_simulated(rest: str) -> Source:
    scenario, _, query = rest.partition("?")
    options = _options("sim", query, ("seed", "speed"))
    try:
        seed = int(options.get("seed", "1"))
    except ValueError:
        raise SourceError(f"sim: option seed={options['seed']}: give a whole number") from None
    return open_scenario(scenario, seed, _positive("sim", "speed", options.get("speed", "1")))


def _open_serial(rest: str) -> SerialSource:
    port, query = _path_and_options(rest)
    if not port:
        raise SourceError("serial: names no port: use serial:PORT?device=NAME")
    options = _options("serial", query, _SERIAL)
    wire = _wire("serial", options)
    waits, every = _is_on("serial", "wait", options), _every(wire.device, options)
    return SerialSource(port, wire.device, wire.name, wire.line, waits, every)


def _every(device: type[Decoder], options: Mapping[str, str]) -> float | None:
    """Seconds between two cuff measurements that the program starts by itself."""
    if "every" not in options:
        return None
    if not issubclass(device, ControlsCuff):
        raise SourceError(f"serial: option every: {options['device']} takes no blood pressure on demand")
    seconds = _positive("serial", "every", options["every"])
    if seconds < SHORTEST_EVERY_S:
        raise SourceError(f"serial: option every={seconds:g}: a cuff may measure every {SHORTEST_EVERY_S} s at most")
    return seconds


def _open_capture(rest: str) -> CaptureSource:
    path, query = _path_and_options(rest)
    if not path:
        raise SourceError("capture: names no file: use capture:FILE?device=NAME")
    options = _options("capture", query, _CAPTURE)
    wire = _wire("capture", options)
    speed = _positive("capture", "speed", options.get("speed", "1"))
    return CaptureSource(path, wire.device, wire.name, wire.line, speed)


def _wire(scheme: str, options: Mapping[str, str]) -> Wire:
    device = _device(scheme, options)
    return Wire(options.get("name", options["device"]), device, _line(scheme, device, options))


def _device(scheme: str, options: Mapping[str, str]) -> type[Decoder]:
    """The decoder people name; none is guessed, for bytes of one device can look like another's (H14)."""
    name, known = options.get("device"), ", ".join(sorted(DEVICES))
    if name is None:
        raise SourceError(f"{scheme}: names no device: add ?device=NAME, one of {known}")
    if name not in DEVICES:
        raise SourceError(f"{scheme}: no device {name!r}: there is {known}")
    return DEVICES[name]


def _line(scheme: str, device: type[Decoder], options: Mapping[str, str]) -> Line:
    """The device's first line settings, or those for the speed and parity people name."""
    line, text, parity = device.LINES[0], options.get("baud"), options.get("parity")
    if text is not None:
        if not (text.isascii() and text.isdigit() and 50 <= int(text) <= 4_000_000):
            raise SourceError(f"{scheme}: option baud={text}: give a whole number from 50 to 4000000")
        known = (line for line in device.LINES if line.baud == int(text))
        line = next(known, replace(line, baud=int(text)))
    if parity is None:
        return line
    if parity.upper() not in set(Parity):
        raise SourceError(f"{scheme}: option parity={parity}: give N (none), O (odd) or E (even)")
    return replace(line, parity=Parity(parity.upper()))


def _path_and_options(rest: str) -> tuple[str, str]:
    """Cut before the options; a question mark in the name of a file that exists belongs to the name."""
    for cut in (len(rest), *(at for at in range(len(rest) - 1, 0, -1) if rest[at] == "?")):
        if _exists(rest[:cut]):
            return rest[:cut], rest[cut + 1 :]
    path, _, query = rest.partition("?")
    return path, query


def _exists(path: str) -> bool:
    """Path.exists, but False too for a name that no system would have."""
    try:
        Path(path).stat()
    except (OSError, ValueError):
        return False
    return True


def _options(scheme: str, query: str, known: tuple[str, ...]) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, text in options.items():
        if name not in known:
            raise SourceError(f"{scheme}: no option {name!r}: it has {', '.join(known)}")
        if not text:
            raise SourceError(f"{scheme}: option {name} has no value: write {name}=...")
    return options


def _is_on(scheme: str, option: str, options: Mapping[str, str]) -> bool:
    text = options.get(option, "0")
    if text not in {"0", "1"}:
        raise SourceError(f"{scheme}: option {option}={text}: give 0 or 1")
    return text == "1"


def _positive(scheme: str, option: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < inf:
        raise SourceError(f"{scheme}: option {option}={text}: give a number above 0")
    return value
