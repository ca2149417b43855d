"""`dripwatch run`, `demo` and `replay`: one session with its threads, and the web server in front of it."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from wakepy import keep

from alerts.ears import Ears
from alerts.engine import Engine
from alerts.model import Phase
from alerts.past import restored
from alerts.profiles import load_profile
from alerts.session import RunningSession
from alerts.sounder import Sounder, Speaker
from alerts.station import Station
from dashboard import resuming, web
from dashboard.app import build
from dashboard.feed import Session
from dashboard.recordings import ReplayedFile, ReplayedSession, is_file, open_session, recorded_profile
from ingest.model import SECOND
from ingest.recorder import SessionFacts
from ingest.recorder.opening import data_directory, going_on, program_version, recording
from ingest.sources import Mode, Source, common_mode, common_speed
from ingest.sources.pacing import SessionClock
from ingest.sources.url import open_source

NOTES_S = 2.0
"""Seconds between two looks at what the sources remark."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the page is served. `wall_clock` says the time in UTC."""

    host: str
    allow_host: tuple[str, ...]
    port: int
    opens_browser: bool
    wall_clock: Callable[[], datetime]


def run(
    urls: Sequence[str], bed: str, profile: str, phase: Phase, data: str | None, options: Options, is_sounded: bool
) -> int:
    """Show and record a session from these sources until it is stopped."""
    rules = load_profile(profile)
    sources = [open_source(url) for url in urls]
    speed, mode = common_speed(sources), common_mode(sources)
    clock = SessionClock(speed, max(source.backlog for source in sources))
    started = options.wall_clock() - timedelta(seconds=clock.now() / SECOND / speed)
    session = Session(bed, mode, rules, started, speed)
    station = Station(Engine(rules), clock)
    facts = SessionFacts(
        bed=bed,
        mode=mode,
        started=started,
        profile=rules.name,
        profile_toml=rules.text,
        sources=tuple(urls),
        version=program_version(),
        speed=speed,
    )
    directory = data_directory(data)
    sounder = Sounder(station, Speaker()) if is_sounded else None
    ears = Ears(sounder.trouble) if sounder else Ears()
    if is_sounded or mode is Mode.LIVE:  # nobody depends on the sound of a recording
        station.listen_with(ears.listen)
    with (
        _listening(options) as served,
        sounder or nullcontext(),
        recording(directory, facts, _say, station.recorded, station.record_trouble) as recorder,
        RunningSession(station, sources, clock, phase, recorder),
        _saying_notes(sources),
    ):
        if hint := resuming.hint(directory, options.wall_clock()):
            _say(hint)
        served(station, session, ears.screen_is_heard)
    return 0


def resume(key: str, urls: Sequence[str], data: str | None, options: Options, is_sounded: bool) -> int:
    """Go on with an interrupted session of the record as it was; `urls` are its sources where they have changed."""
    record, recorded = resuming.interrupted_session(key, data)
    rules = recorded_profile(recorded)
    session = Session(recorded.bed, recorded.mode, rules, recorded.started)
    clock = SessionClock(offset=resuming.goes_on_at(recorded, options.wall_clock()))
    station = Station(Engine(rules), clock)
    with (
        _listening(options) as served,
        going_on(data_directory(data), recorded, _say, station.recorded, station.record_trouble) as recorder,
    ):
        station.restore(resuming.past(record, recorded, recorder.committed))
        _say(restored(station.snapshot, rules))
        known = {device.source for device in station.snapshot.devices}
        sources = resuming.reopened(urls or recorded.sources, clock.now(), known)
        sounder = Sounder(station, Speaker()) if is_sounded else None
        ears = Ears(sounder.trouble) if sounder else Ears()
        station.listen_with(ears.listen)
        with sounder or nullcontext(), RunningSession(station, sources, clock, None, recorder), _saying_notes(sources):
            served(station, session, ears.screen_is_heard)
    return 0


def replay(target: str, speed: float, profile: str | None, phase: Phase, data: str | None, options: Options) -> int:
    """Show a recording again, marked REPLAY; nothing is recorded and no live session is touched."""
    source: Source
    if is_file(target):
        source = ReplayedFile(open_source(target), speed)
        session = Session(
            "Replay", source.mode, load_profile(profile or "iv-ketamine"), options.wall_clock(), speed, False
        )
        starts_in: Phase | None = phase
    else:
        record, recorded = open_session(target, data)
        source = ReplayedSession(record, recorded, speed)
        rules = load_profile(profile) if profile else recorded_profile(recorded)
        session = Session(recorded.bed, source.mode, rules, recorded.started, speed, False)
        starts_in = None
    clock = SessionClock(speed)
    station = Station(Engine(session.profile), clock)
    with _listening(options) as served, RunningSession(station, [source], clock, starts_in), _saying_notes([source]):
        served(station, session, lambda: None)
    return 0


@contextmanager
def _listening(options: Options) -> Iterator[Callable[[Station, Session, Callable[[], object]], None]]:
    """Take the port first: what can fail does so before anything is recorded. Gives what serves until stopped."""
    hosts = web.allowed_hosts(options.host, options.allow_host)
    with web.bind(options.host, options.port) as listener, keep.presenting(on_fail="pass") as awake:
        port = listener.getsockname()[1]
        url = f"http://{'localhost' if options.host in web.LOOPBACK else options.host}:{port}/"

        def serve(station: Station, session: Session, heard: Callable[[], object]) -> None:
            asgi = build(station, session, hosts, port, heard)
            _say(f"Dripwatch is at {url} · {session.bed} · profile {session.profile.name} · Ctrl-C ends the session")
            _say("Not a cleared medical device.")
            if not awake.active:
                _say("note: this machine could not be kept awake: switch its sleep settings off for the session")
            if warning := web.warning(hosts):
                _say(f"warning: {warning}")
            if options.opens_browser and _has_display():
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
            web.serve(asgi, listener)
            # The session is being ended in order: a second Ctrl-C must not cost its record the end.
            for stop in (signal.SIGINT, signal.SIGTERM):
                signal.signal(stop, signal.SIG_IGN)

        yield serve


def _has_display() -> bool:
    """Without one, Python's webbrowser would start a text browser in this terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _saying_notes(sources: Sequence[Source]) -> Iterator[None]:
    """Print what the sources remark (unknown columns, rejected rows) while they run, and the rest in the end."""
    said: set[str] = set()
    stopped = threading.Event()

    def say_new() -> None:
        for note in [f"note: {source.name}: {note}" for source in sources for note in source.notes()]:
            if note not in said:
                said.add(note)
                _say(note)

    def watch() -> None:
        while not stopped.wait(NOTES_S):
            say_new()

    say_new()
    watcher = threading.Thread(target=watch, name="notes", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopped.set()
        watcher.join()
        say_new()
