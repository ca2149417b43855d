"""`python -m alerts --source URL ...`: watches and alarms without a screen; prints every alarm as a line."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext, suppress

from alerts.ears import Ears
from alerts.engine import Engine
from alerts.model import Event, OccurrenceEvent, Phase
from alerts.profiles import load_profile
from alerts.rules import ProfileError
from alerts.session import RunningSession
from alerts.sound_check import sound_check
from alerts.sounder import Sounder, Speaker
from alerts.station import Station
from alerts.wording import line
from ingest.sources import SourceError, common_speed
from ingest.sources.pacing import SessionClock
from ingest.sources.url import open_source


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the sources end or Ctrl-C; returns the exit status. Nothing is recorded."""
    parser = argparse.ArgumentParser(prog="python -m alerts", description=__doc__)
    parser.add_argument("--source", action="append", metavar="URL", help="serial:PORT?device=NAME, csv:PATH, sim:NAME")
    parser.add_argument("--profile", default="iv-ketamine", help="profile by name or file")
    parser.add_argument("--phase", type=Phase, choices=list(Phase), default=Phase.INFUSION)
    parser.add_argument("--sound", action="store_true", help="sound the alarms on this machine")
    parser.add_argument("--test-sound", action="store_true", help="play the three alarm sounds, ask, and leave")
    arguments = parser.parse_args(argv)
    if not arguments.test_sound and not arguments.source:
        parser.error("the following arguments are required: --source")
    try:
        if arguments.test_sound:
            return _test_sound()
        return _watch(arguments.source, arguments.profile, arguments.phase, arguments.sound)
    except (SourceError, ProfileError) as error:
        print(f"alerts: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _test_sound() -> int:
    ask = input if sys.stdin.isatty() else None
    return 0 if sound_check(Speaker, print, threading.Event().wait, ask) else 1


def _watch(urls: Sequence[str], profile: str, phase: Phase, is_sounded: bool) -> int:
    engine = Engine(load_profile(profile))
    sources = [open_source(url) for url in urls]
    clock = SessionClock(common_speed(sources), max(source.backlog for source in sources))
    station = Station(engine, clock, _tell)
    stopped = threading.Event()
    station.subscribe(lambda: stopped.set() if station.snapshot.is_ended else None)
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    sounder = Sounder(station, Speaker()) if is_sounded else None
    if sounder is not None:
        station.listen_with(Ears(sounder.trouble).listen)
    with sounder or nullcontext(), RunningSession(station, sources, clock, phase):
        try:
            stopped.wait()
        except KeyboardInterrupt:
            stopped.set()
    for source in sources:
        for note in source.notes():
            print(f"note: {source.name}: {note}", file=sys.stderr)
    return 0


def _tell(event: Event) -> None:
    if isinstance(event, OccurrenceEvent):
        with suppress(OSError):  # nobody reads any more: watching goes on
            print(line(event), flush=True)


if __name__ == "__main__":
    sys.exit(main())
