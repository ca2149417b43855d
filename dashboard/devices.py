"""`dripwatch devices`: the serial ports of this machine, who may use them and who does, and what answers on them."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

from dashboard import device_words as words
from ingest.devices import Line
from ingest.sources import SourceError
from ingest.sources.pacing import SessionClock
from ingest.sources.port_names import Port, denied
from ingest.sources.port_users import ROOT, how_to_stop, thieves, users
from ingest.sources.probing import OpenLine, Probed, Turn, fits_documents, probe, source_url, turns
from ingest.sources.serial_port import OpenLine as SerialLine
from ingest.sources.serial_port import ports_here


def devices(
    named: Sequence[str],
    *,
    is_probing: bool,
    seconds: float,
    as_json: bool,
    here: Sequence[Port] | None = None,
    root: Path = ROOT,
    open_line: Callable[[str, Line], OpenLine] = SerialLine,
    ask: Callable[[str], str] | None = None,
) -> int:
    """List the ports, or those `named`, and with `is_probing` find out what is on them; returns the exit status.

    The computer's own ports are only mentioned, unless they are named: probing nothing takes a minute each.
    `seconds` is how long each turn of a probe lasts. `here`: the machine's ports; `root` where /proc is;
    `ask` is put the question which of several devices it is (default: the terminal, if there is one).
    Raises SourceError for a named port that is none.
    """
    here = ports_here() if here is None else here
    if ask is None and sys.stdin.isatty() and sys.stdout.isatty():
        ask = input
    urls: list[str] = []
    has_answered = False
    ports = [_named(name, here) for name in named] or [port for port in here if not port.is_built_in]
    others = [] if named else [port for port in here if port.is_built_in]
    for port in ports:
        why_not, in_use = denied(port.name), users(port.name, root)
        is_free = not why_not and not in_use
        if not as_json:
            print("\n".join(words.listed(port, why_not, in_use)), flush=True)
        found = _probed(port, seconds, open_line) if is_probing and is_free else None
        has_answered |= bool(found and found.answers)
        if as_json:
            print(json.dumps(words.facts(port, why_not, in_use) | (words.findings(found) if found else {})))
        elif found:
            print("\n".join(words.probed(found)), flush=True)
            urls += _choice(found, ask)
    if as_json:
        for port in others:
            print(json.dumps(words.facts(port, denied(port.name), users(port.name, root))))
    else:
        _print_rest([*([] if ports else words.NO_PORTS), *words.built_in(others)], root, urls)
    return 1 if is_probing and not has_answered else 0


def _named(name: str, here: Sequence[Port]) -> Port:
    """A port by any of its names, also one that no list has, like a pseudo-terminal."""
    path = Path(name)
    for port in here:
        if name in (port.name, port.kernel_name) or (path.exists() and path.resolve() == Path(port.kernel_name)):
            return port
    if not path.exists():
        there = f"the ports here are {', '.join(port.name for port in here)}" if here else words.NO_PORTS[0]
        raise SourceError(f"{name} is not there: {there}")
    if not path.is_char_device():
        raise SourceError(f"{name} is no serial port: `dripwatch devices` lists those of this machine")
    return Port(name, str(path.resolve()))


def _probed(port: Port, seconds: float, open_line: Callable[[str, Line], OpenLine]) -> Probed:
    """Probe with a bar on the terminal, if there is one. Turns that are not needed are left out of it in the end."""
    plan = turns()
    form = "  {desc} {bar:20} {n:.0f} of at most {total:.0f} s"
    with tqdm(total=len(plan) * seconds, disable=None, leave=False, file=sys.stderr, bar_format=form) as bar:

        def tell(turn: Turn, passed: float) -> None:
            what = f"asking like {turn.asks}" if turn.asks else "listening"
            bar.set_description_str(f"{what} at {words.line_name(turn.line)}", refresh=False)
            bar.update(plan.index(turn) * seconds + min(passed, seconds) - bar.n)

        return probe(port.name, open_line, SessionClock().now, seconds, tell)


def _choice(found: Probed, ask: Callable[[str], str] | None) -> list[str]:
    """The source URL of the one device it is, as far as that is known."""
    likely = [one for one in found.answers if fits_documents(one)] or found.answers
    typed = [(one, source_url(found.port, one)) for one in likely]
    if len(typed) < 2:
        return [url for _, url in typed]
    if ask is None:
        return []
    try:
        number = ask(words.question([one for one, _ in typed])).strip()
    except EOFError:
        return []
    return [url for n, (_, url) in enumerate(typed, 1) if number == str(n)]


def _print_rest(lines: Sequence[str], root: Path, urls: Sequence[str]) -> None:
    for line in lines:
        print(line)
    for thief in thieves(root):
        print(f"note: {thief} runs here: {how_to_stop(thief.name)}")
    if urls:
        print(f"To start: {words.command(urls)}")
