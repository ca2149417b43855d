"""The command line of design.md section 2: what each command is called and what it takes.

Errors are one line on standard error. Exit status: 2 for an unusable source, profile or argument,
1 for a failure, 0 otherwise (rejected rows are reported; `--strict` makes them 2).
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from alerts.model import Phase, SetBaseline
from alerts.profiles import DEFAULT
from alerts.rules import ProfileError
from alerts.session import COMMAND_LINE
from dashboard.check import check, check_many, check_why
from dashboard.decode import decode
from dashboard.devices import devices
from dashboard.doctor import doctor
from dashboard.profiles import list_profiles, show, validate
from dashboard.run import Options, replay, resume, run
from dashboard.sessions import export_session, list_sessions
from dashboard.simulate import simulate
from dashboard.survey import Order, targets
from dashboard.web import ServeError
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators.faults import FAULTS
from ingest.recorder import RecordError
from ingest.sources import SourceError
from ingest.sources.probing import TURN_S
from ingest.sources.simulator import SCENARIOS

PORT = 8050
BED = "Bed 1"
PHASES = [phase for phase in Phase if phase is not Phase.ENDED]


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(
        prog="dripwatch",
        description="Bedside vital-signs monitor for ketamine sessions. Not a cleared medical device.",
    )
    top.add_argument("--version", action="version", version=f"dripwatch {version('dripwatch')}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="a simulated patient on the bedside screen"))
    _add_run(commands.add_parser("run", help="a live, simulated or recorded stream on the bedside screen"))
    _add_replay(commands.add_parser("replay", help="a recorded session on the same screen, marked REPLAY"))
    _add_check(commands.add_parser("check", help="the rules over a recording at full speed; prints the alarms"))
    _add_decode(commands.add_parser("decode", help="a device's bytes as observations, one a line"))
    _add_devices(commands.add_parser("devices", help="serial ports, who has them, and what answers on them"))
    _add_doctor(commands.add_parser("doctor", help="is this machine ready for a session? What to do if not"))
    _add_simulate(commands.add_parser("simulate", help="a scenario as a CSV file or as an emulated device"))
    _add_sessions(commands.add_parser("sessions", help="what has been recorded"))
    _add_profiles(commands.add_parser("profiles", help="the rules and limits there are, and a clinic's own"))
    return top


def _add_demo(command: argparse.ArgumentParser) -> None:
    known = "; ".join(f"{name}: {text}" for name, text in SCENARIOS.items())
    command.add_argument("--scenario", default="hypertensive-surge", help=known)
    command.add_argument("--seed", type=int, default=1, help="another patient of the same scenario (default 1)")
    command.add_argument("--speed", type=_speed, default=1.0, help="simulated seconds per second (default 1)")
    _add_screen(command)
    _add_session(command)


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="URL",
        help="serial:PORT?device=NAME, csv:PATH[?speed=10&follow=1], csv:- (standard input), capture:FILE?device=NAME, "
        "sim:SCENARIO[?seed=7]; may be given several times",
    )
    command.add_argument(
        "--resume",
        nargs="?",
        const="last",
        metavar="SESSION",
        help="go on with a live session that was interrupted (default the last one), with its bed, profile, settings "
        "and alarms; --source only where a source has changed",
    )
    _add_screen(command)
    _add_session(command)


def _add_replay(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="SESSION|FILE.csv", help="a session's number or 'last', or a CSV file")
    command.add_argument("--speed", type=_speed, default=1.0, help="recorded seconds per second (default 1)")
    command.add_argument("--profile", help="another profile than the recorded one (name or file)")
    command.add_argument("--phase", type=Phase, choices=PHASES, default=Phase.INFUSION, help="for a file")
    command.add_argument("--data", metavar="DIR", help="where the record lies")
    _add_screen(command)


def _add_check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target",
        nargs="+",
        metavar="SESSION|FILE.csv|FOLDER",
        help="a session's number or 'last', a CSV file, or -; several, or a folder of them, are counted in a table",
    )
    command.add_argument("--profile", help="profile by name or file (default iv-ketamine, or the recorded one)")
    command.add_argument("--phase", type=Phase, choices=PHASES, default=Phase.INFUSION, help="for files")
    command.add_argument(
        "--baseline", type=_baseline, metavar="SYS/DIA[/HR]", help="of the patient, for a file: mmHg and bpm"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="RULE.KEY=VALUE",
        help="what if: count beside it what changed rules would say, such as O2-2.persistence=0 or HR-2.limit=115; "
        "may be given several times",
    )
    command.add_argument("--data", metavar="DIR", help="where the record lies")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object a line")
    form.add_argument("--csv", action="store_true", help="the table as CSV")
    command.add_argument("--explain", type=int, metavar="ALARM", help="why alarm number so and so was raised")
    command.add_argument("--strict", action="store_true", help="exit status 2 when a row or value was rejected")


def _add_decode(command: argparse.ArgumentParser) -> None:
    command.add_argument("device", metavar="DEVICE", help=", ".join(sorted(DEVICES)))
    command.add_argument("file", metavar="FILE", nargs="?", default="-", help="a capture (default standard input)")
    command.add_argument("--hex", action="store_true", help="the bytes are written as hexadecimal text")
    command.add_argument("--json", action="store_true", help="one object a line")


def _add_devices(command: argparse.ArgumentParser) -> None:
    command.add_argument("ports", metavar="PORT", nargs="*", help="only these, also ones the system does not list")
    command.add_argument("--probe", action="store_true", help="open each free port and find out what is on it")
    command.add_argument("--seconds", type=_turn, default=TURN_S, help=f"per line setting (default {TURN_S:g})")
    command.add_argument("--json", action="store_true", help="one object a port")


def _add_doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="DIR", help="where to record (default: this user's data directory)")
    command.add_argument("--profile", help="profile by name or file (default: all that come with Dripwatch)")
    command.add_argument("--port", type=int, default=PORT, help=f"port of the page (default {PORT})")
    command.add_argument("--json", action="store_true", help="one object a check")


def _add_simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("scenario", metavar="SCENARIO", help=", ".join(SCENARIOS))
    command.add_argument("--seed", type=int, default=1, help="another patient of the same scenario (default 1)")
    command.add_argument("--speed", type=_speed, default=1.0, help="with --pty: simulated seconds per second")
    command.add_argument("--out", metavar="FILE", help="the CSV file to write (default standard output)")
    command.add_argument(
        "--pty",
        action="append",
        default=[],
        metavar="DEVICE[=LINK]",
        help="play a device on a pseudo-terminal, with LINK as its stable name; may be given several times: "
        + ", ".join(EMULATORS),
    )
    command.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="WHAT[@SECONDS[+DURATION]]",
        help="with --pty: what goes wrong, and when; may be given several times, and be typed meanwhile: "
        + ", ".join(FAULTS),
    )


def _add_sessions(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all sessions, and how they ended")
    listing.add_argument("--data", metavar="DIR", help="where the record lies")
    export = actions.add_parser("export", help="a session's numbers as CSV")
    export.add_argument("session", metavar="SESSION", help="its number, or 'last'")
    export.add_argument("--out", metavar="FILE", default="-", help="where to (default standard output)")
    export.add_argument("--data", metavar="DIR", help="where the record lies")


def _add_profiles(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="the profiles and overlays that come with Dripwatch")
    shown = actions.add_parser("show", help="every value with its source, and what differs from iv-ketamine")
    shown.add_argument("name", metavar="NAME", help="profile by name or file, with overlays as NAME+OVERLAY")
    shown.add_argument("--json", action="store_true", help="one object")
    validated = actions.add_parser("validate", help="can it be used? If not: every fault with its line")
    validated.add_argument("file", metavar="FILE", help="a profile or overlay, by file or name")


def _add_screen(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--host", default="127.0.0.1", help="address to serve the page on (default this computer only)"
    )
    command.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="name under which others may open the page"
    )
    command.add_argument(
        "--port", type=int, default=PORT, help=f"port of the page (default {PORT}; 0 takes a free one)"
    )
    command.add_argument("--no-browser", action="store_true", help="do not open a browser")


def _add_session(command: argparse.ArgumentParser) -> None:
    command.add_argument("--bed", default=BED, help="what the screen calls this bed")
    command.add_argument("--sound", action="store_true", help="sound the alarms on this machine, browser or not")
    command.add_argument("--profile", default=DEFAULT, help="by name or file, NAME+OVERLAY (default iv-ketamine)")
    command.add_argument("--phase", type=Phase, choices=PHASES, default=Phase.INFUSION, help="phase to start in")
    command.add_argument("--data", metavar="DIR", help="where to record (default: this user's data directory)")


def _baseline(text: str) -> SetBaseline:
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or not all(re.fullmatch(r"\d{1,3}", part) for part in parts):
        raise argparse.ArgumentTypeError("a baseline is SYS/DIA or SYS/DIA/HR, such as 120/75 or 120/75/68")
    sys_, dia, *hr = map(float, parts)
    if not sys_ > dia > 0:
        raise argparse.ArgumentTypeError("the systolic pressure is above the diastolic")
    return SetBaseline(0, COMMAND_LINE, sys_, dia, *hr)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError("a speed is a number above 0 and at most 1000")
    return speed


def _turn(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 600:
        raise argparse.ArgumentTypeError("a number of seconds from 0.1 to 600")
    return seconds


def main(argv: Sequence[str] | None, wall_clock: Callable[[], datetime]) -> int:
    """Run one command; returns the exit status. `wall_clock` says the time in UTC."""
    arguments = parser().parse_args(argv)
    try:
        return _dispatch(arguments, wall_clock)
    except (SourceError, ProfileError) as error:
        return _fail(error, 2)
    except (RecordError, ServeError, OSError) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return 130


def _fail(error: Exception, status: int) -> int:
    words = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    print(f"dripwatch: {words}", file=sys.stderr)
    return status


def _check(a: argparse.Namespace) -> int:
    orders = [
        Order(target, data, a.profile, a.phase, a.baseline, tuple(a.set)) for target, data in targets(a.target, a.data)
    ]
    is_single = len(a.target) == len(orders) == 1 and not Path(a.target[0]).is_dir()
    if not is_single and (a.baseline or a.explain is not None):
        raise SourceError("--baseline and --explain are for one recording: name one file or session")
    if a.explain is not None and (a.set or a.csv):
        raise SourceError("--explain is for the rules as they are, without --set, and for people or --json")
    if a.explain is not None:
        return check_why(orders[0], a.explain, as_json=a.json)
    if is_single and not (a.set or a.csv):
        return check(orders[0], as_json=a.json, is_strict=a.strict)
    return check_many(orders, as_json=a.json, as_csv=a.csv, is_strict=a.strict)


def _run(a: argparse.Namespace, options: Options) -> int:
    if a.resume is not None:
        if (a.bed, a.profile, a.phase) != (BED, DEFAULT, Phase.INFUSION):
            raise SourceError("--resume goes on as the session was: leave --bed, --profile and --phase out")
        return resume(a.resume, a.source, a.data, options, a.sound)
    if not a.source:
        raise SourceError("run: name a source with --source, or go on with an interrupted session with --resume")
    return run(a.source, a.bed, a.profile, a.phase, a.data, options, a.sound)


def _dispatch(a: argparse.Namespace, wall_clock: Callable[[], datetime]) -> int:
    match a.command, getattr(a, "action", None):
        case "check", _:
            return _check(a)
        case "decode", _:
            return decode(a.device, a.file, is_hex=a.hex, as_json=a.json)
        case "devices", _:
            return devices(a.ports, is_probing=a.probe, seconds=a.seconds, as_json=a.json)
        case "doctor", _:
            return doctor(a.data, a.profile, a.port, as_json=a.json, wall_clock=wall_clock)
        case "simulate", _:
            return simulate(a.scenario, a.seed, a.speed, a.out, a.pty, a.fault)
        case "sessions", "list":
            return list_sessions(a.data)
        case "profiles", "list":
            return list_profiles()
        case "profiles", "show":
            return show(a.name, as_json=a.json)
        case "profiles", "validate":
            return validate(a.file)
        case "sessions", "export":
            return export_session(a.session, a.out, a.data)
    options = Options(
        host=a.host, allow_host=tuple(a.allow_host), port=a.port, opens_browser=not a.no_browser, wall_clock=wall_clock
    )
    match a.command:
        case "demo":
            url = f"sim:{a.scenario}?seed={a.seed}&speed={a.speed:g}"
            return run([url], a.bed, a.profile, a.phase, a.data, options, a.sound)
        case "run":
            return _run(a, options)
    return replay(a.target, a.speed, a.profile, a.phase, a.data, options)
