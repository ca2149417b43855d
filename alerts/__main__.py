"""`python -m alerts --source URL ...`: watches and alarms without a screen; prints every alarm as a line."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from alerts.engine import Engine
from alerts.model import Event, OccurrenceEvent, Phase
from alerts.profiles import load_profile
from alerts.rules import ProfileError
from alerts.session import RunningSession
from alerts.station import Station
from alerts.wording import line
from ingest.sources import SourceError, common_speed
from ingest.sources.pacing import SessionClock
from ingest.sources.url import open_source


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the sources end or Ctrl-C; returns the exit status. Nothing is recorded."""
    parser = argparse.ArgumentParser(prog="python -m alerts", description=__doc__)
    parser.add_argument("--source", action="append", required=True, metavar="URL", help="csv:PATH[?speed=10], sim:NAME")
    parser.add_argument("--profile", default="iv-ketamine", help="profile by name or file")
    parser.add_argument("--phase", type=Phase, choices=list(Phase), default=Phase.INFUSION)
    arguments = parser.parse_args(argv)
    try:
        return _watch(arguments.source, arguments.profile, arguments.phase)
    except (SourceError, ProfileError) as error:
        print(f"alerts: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _watch(urls: Sequence[str], profile: str, phase: Phase) -> int:
    engine = Engine(load_profile(profile))
    sources = [open_source(url) for url in urls]
    clock = SessionClock(common_speed(sources), max(source.backlog for source in sources))
    station = Station(engine, clock, _tell)
    stopped = threading.Event()
    station.subscribe(lambda: stopped.set() if station.snapshot.is_ended else None)
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with RunningSession(station, sources, clock, phase):
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
