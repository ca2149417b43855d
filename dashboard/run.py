"""`dripwatch run`, `demo` and `replay`: one session with its threads, and the web server in front of it."""

import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from wakepy import keep

from alerts.ears import Ears
from alerts.engine import Engine
from alerts.model import Phase
from alerts.past import restored
from alerts.profiles import load_profile
from alerts.session import RunningSession
from alerts.sounder import Sounder, Speaker
from alerts.station import Station
from dashboard import web
from dashboard.app import build
from dashboard.feed import Session
from dashboard.recordings import (
    ReplayedFile,
    ReplayedSession,
    interrupted_session,
    is_file,
    open_session,
    past,
    recorded_profile,
)
from ingest.model import SECOND
from ingest.recorder import INTERRUPTED, SessionFacts
from ingest.recorder.opening import data_directory, program_version, recording, resuming
from ingest.recorder.record import open_record
from ingest.sources import Mode, Source, SourceError, common_mode, common_speed
from ingest.sources.from_now import FromNow
from ingest.sources.pacing import SessionClock
from ingest.sources.playing import Listener
from ingest.sources.url import open_source

NOTES_S = 2.0
"""Seconds between two looks at what the sources remark."""

RECENT = timedelta(minutes=30)
"""So long after a session was interrupted the next start says that it can go on (D)."""


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
        if hint := _can_be_resumed(directory, options.wall_clock()):
            _say(hint)
        served(station, session, ears.screen_is_heard)
    return 0


def _can_be_resumed(directory: Path, now: datetime) -> str:
    """What the start of a new session says about the one before; "" when there is nothing to be said."""
    for old in open_record(directory).sessions()[-2:-1]:
        is_recent = now - old.started - timedelta(microseconds=old.last_t) < RECENT
        if old.mode is Mode.LIVE and old.end_reason == INTERRUPTED and is_recent:
            return f"note: session {old.id} can be resumed: end this one, then: dripwatch run --resume {old.id}"
    return ""


def resume(key: str, urls: Sequence[str], data: str | None, options: Options, is_sounded: bool) -> int:
    """Go on with an interrupted session of the record as it was; `urls` are its sources where they have changed."""
    record, recorded = interrupted_session(key, data)
    rules = recorded_profile(recorded)
    session = Session(recorded.bed, recorded.mode, rules, recorded.started)
    so_far = (options.wall_clock() - recorded.started) // timedelta(microseconds=1)
    clock = SessionClock(offset=max(so_far, recorded.last_t + 1))
    station = Station(Engine(rules), clock)
    with (
        _listening(options) as served,
        resuming(data_directory(data), recorded, _say, station.recorded, station.record_trouble) as recorder,
    ):
        station.restore(past(record, recorded, recorder.committed))
        _say(restored(station.snapshot, rules))
        sources = _reopened(urls or recorded.sources, clock.now(), {d.source for d in station.snapshot.devices})
        sounder = Sounder(station, Speaker()) if is_sounded else None
        ears = Ears(sounder.trouble) if sounder else Ears()
        station.listen_with(ears.listen)
        with sounder or nullcontext(), RunningSession(station, sources, clock, None, recorder), _saying_notes(sources):
            served(station, session, ears.screen_is_heard)
    return 0


def _reopened(urls: Sequence[str], at: int, known: Collection[str]) -> list[Source]:
    """The sources of a session that goes on at `at`, live and under the names it knows; SourceError otherwise."""
    sources = [open_source(url) for url in urls]
    common_speed(sources)
    if common_mode(sources) is not Mode.LIVE:
        raise SourceError("a live session goes on with live sources only: serial:PORT?device=NAME or csv:PATH?follow=1")
    if absent := sorted(set(known) - {source.name for source in sources}):
        raise SourceError(f"the session has {', '.join(absent)}: give a --source for each, with that name (?name=)")
    return [source if isinstance(source, Listener) else FromNow(source, at) for source in sources]


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
