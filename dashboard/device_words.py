"""What `dripwatch devices` says of a port and of what answered on it: for people, and for programs."""

import os
from collections.abc import Sequence
from typing import Any

from ingest.devices import ControlsCuff, Counters, Line
from ingest.drivers import DEVICES
from ingest.model import NIBP, SECOND, SIGNALS
from ingest.sources.port_names import Port, bridge
from ingest.sources.port_users import Process, how_to_stop
from ingest.sources.probing import Evidence, Probed, fits_documents, source_url

NO_PORTS = (
    "no serial adapter is plugged in here",
    "  Plug in the device's own USB cable, or a USB adapter for its RS-232 socket, and switch the device on.",
    "  Nothing new after that? Another socket, another cable (some only charge), the adapter's driver; a Bluetooth",
    "  device has to be paired first. A port the system does not list can be named: dripwatch devices PORT",
)

_CLOSEST = 3
"""How many decoders are named that found something, where none understood enough."""


def built_in(ports: Sequence[Port]) -> list[str]:
    """The computer's own ports in one line: most of them are names without a socket."""
    names = [port.name for port in ports if port.is_built_in]
    if not names:
        return []
    which = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return [f"Built in, often without a socket: {which}. To look at one: dripwatch devices {names[0]} --probe"]


def listed(port: Port, why_not: str, users: Sequence[Process]) -> list[str]:
    """A port without opening it. `why_not`: what stands against opening it, "" nothing."""
    lines = [port.name]
    if port.kernel_name != port.name:
        lines.append(_row("is now", port.kernel_name))
    if adapter := _adapter(port):
        lines.append(_row("adapter", adapter))
    if guesses := bridge(port).guesses:
        lines.append(_row("a guess", f"{' or '.join(guesses)}: their cables have this chip, and so have others"))
    lines.append(_row("permission", f"denied: {why_not}" if why_not else "ok"))
    lines += [_row("in use by", f"{user}: {how_to_stop(user.name)}") for user in users]
    return lines


def probed(found: Probed) -> list[str]:
    """What a probe has found at a port, with the evidence."""
    lines = [line for answer in found.answers for line in _answer(found.port, answer)]
    if len(found.answers) > 1:
        lines.insert(0, _row("answers", "more than one device speaks like this: the label on the device decides"))
    if found.trouble:
        lines.append(_row("probe", found.trouble))
    elif not found.answers:
        lines += _nothing(found)
    return lines


def question(answers: Sequence[Evidence]) -> str:
    """Which of these devices is it? Answered by a number."""
    choices = "".join(f"\n  {n}  {DEVICES[one.device].TITLE}" for n, one in enumerate(answers, 1))
    return f"Which one is it?{choices}\n  Enter alone: I do not know\nNumber: "


def command(urls: Sequence[str]) -> str:
    """What to type to start a session with these sources."""
    quote = '"' if os.name == "nt" else "'"
    return " ".join(["dripwatch run", *(f"--source {quote}{url}{quote}" for url in urls)])


def usb(port: Port) -> str | None:
    """Vendor and product number as lsusb writes them."""
    return None if port.usb is None else "{:04x}:{:04x}".format(*port.usb)


def line_name(line: Line) -> str:
    """As people write it: 9600 8N1."""
    return f"{line.baud} 8{line.parity}{line.stop_bits}"


def facts(port: Port, why_not: str, users: Sequence[Process]) -> dict[str, Any]:
    """A port for programs."""
    return {
        "port": port.name,
        "kernel_name": port.kernel_name,
        "maker": port.maker,
        "product": port.product,
        "serial_number": port.serial_number,
        "usb": usb(port),
        "guesses": list(bridge(port).guesses),
        "permission": why_not or "ok",
        "in_use_by": [{"pid": user.pid, "name": user.name, "fix": how_to_stop(user.name)} for user in users],
    }


def findings(found: Probed) -> dict[str, Any]:
    """What a probe has found, for programs."""
    return {
        "answers": [_evidence(found.port, one) for one in found.answers],
        "others": [_evidence(found.port, one) for one in found.others],
        "bytes": {line_name(line): count for line, count in found.heard.items()},
        "trouble": found.trouble or None,
    }


def _evidence(port: str, evidence: Evidence) -> dict[str, Any]:
    c = evidence.counters
    return {
        "device": evidence.device,
        "source": source_url(port, evidence),
        "line": line_name(evidence.line),
        "numbers": dict(evidence.numbers),
        "conditions": sorted(evidence.conditions),
        "bytes": c.bytes_in,
        "good_frames": c.frames,
        "bad_checksums": c.bad_checksums,
        "resyncs": c.resyncs,
        "discarded": c.bytes_discarded,
        "last_good_age": None if evidence.age is None else evidence.age / SECOND,
    }


def _row(title: str, text: str) -> str:
    return f"  {title:<12}{text}"


def _adapter(port: Port) -> str:
    number = f"serial number {port.serial_number}" if port.serial_number else ""
    named = usb(port)
    names = [bridge(port).chip or "not known", f"{port.maker} {port.product}".strip(), number, f"USB {named}"]
    if named:
        return ", ".join(filter(None, names))
    return "none: a port of the computer itself" if port.is_built_in else ""


def _answer(port: str, answer: Evidence) -> list[str]:
    device = DEVICES[answer.device]
    rows = [
        _row("answers", f"{answer.device} at {line_name(answer.line)}: {device.TITLE} (known from {device.STANDING})"),
        _row("", _said(answer)),
        _row("", _counted(answer.counters, answer.age)),
    ]
    every = "; with &every=300 the cuff measures every 5 minutes" if issubclass(device, ControlsCuff) else ""
    rows.append(_row("", f"--source '{source_url(port, answer)}'{every}"))
    if fits_documents(answer):
        return rows
    theirs = ", ".join(line_name(line) for line in device.LINES)
    return [*rows, _row("", f"its documents name another line ({theirs}), so this is not the likely one")]


def _said(answer: Evidence) -> str:
    """The numbers, or why there are none."""
    numbers = [
        f"{SIGNALS[signal].title} {value:g} {SIGNALS[signal].unit}".rstrip()
        for signal, value in answer.numbers.items()
        if value is not None
    ]
    states = sorted(answer.conditions)
    if numbers:
        return ", ".join([*numbers, *states])
    if states:
        return f"no numbers: {', '.join(states)}"
    if DEVICES[answer.device].SIGNALS <= NIBP:
        return "no numbers yet: a cuff has some after a measurement, and a probe never starts one"
    return "no numbers yet: is the finger in?"


def _counted(c: Counters, age: int | None) -> str:
    last = "" if age is None else f", the last one {age / SECOND:.1f} s before the end"
    return (
        f"{c.bytes_in} bytes: {c.frames} good frames{last}; {c.bad_checksums} bad checksums, "
        f"{c.resyncs} resyncs, {c.bytes_discarded} bytes discarded"
    )


def _nothing(found: Probed) -> list[str]:
    heard = [f"{count} at {line_name(line)}" for line, count in found.heard.items() if count]
    if not heard:
        return [
            _row(
                "no answer", "not one byte came. Is the device on, the finger in, its menu set to send, the cable the"
            ),
            _row("", "right one (docs/devices.md)? A Nonin 9560 speaks once a finger: use --seconds 45"),
        ]
    closest = [f"{one.device} at {line_name(one.line)}: {_counted(one.counters, one.age)}" for one in found.others]
    return [
        _row("no answer", f"bytes came ({', '.join(heard)}), but nobody understood them: another output format"),
        _row("", "in the device's menu, or a device Dripwatch does not know (docs/devices.md)"),
        *(_row("closest", one) for one in closest[:_CLOSEST]),
    ]
