"""A session that is watched until it is killed, and says what it was told to set and what was confirmed.

`watching_child.py DIRECTORY FILE [begin|resume|acknowledge]`: FILE is followed. Lines of JSON: `restored` with the
state before anything new is taken, `shown` with what the screen shows and sounds first, then for ever `gave` and
`confirmed` with the state that was asked for.
"""

import itertools
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from alerts.engine import Engine
from alerts.model import Acknowledge, Command, Phase, SetLimit, SwitchRule
from alerts.past import Past
from alerts.profiles import load_profile
from alerts.session import RunningSession
from alerts.signals import sound
from alerts.snapshot import Snapshot
from alerts.station import Station
from dashboard.resuming import interrupted_session, past
from ingest.model import Signal
from ingest.recorder import SessionFacts
from ingest.recorder.opening import going_on, recording
from ingest.sources import Mode
from ingest.sources.from_now import FromNow
from ingest.sources.pacing import SessionClock
from ingest.sources.url import open_source

RULE = "O2-1"
"""Low, so it may be switched off; SpO2 < 94."""

State = dict[str, object]


def state(shot: Snapshot) -> State:
    """What people set."""
    assert shot.profile is not None
    rule = next(rule for rule in shot.profile.rule if rule.id == RULE)
    return {
        "limit": rule.stage[0].when[0].limit,
        "off": [off.reason for off in shot.rules_off],
        "acknowledged": sorted(o.id for o in shot.occurrences if o.acknowledged_by == "AB"),
    }


def say(word: str, **facts: object) -> None:
    """One line in one piece."""
    os.write(1, f"{json.dumps({'word': word, **facts})}\n".encode())


def set_for_ever(station: Station, asked: State, is_acknowledging: bool) -> None:
    """One setting after another, each confirmed before the next."""
    for n in itertools.count():
        command: Command
        if is_acknowledging and (open_ := [o.id for o in station.snapshot.occurrences if o.state == "raised"]):
            command = Acknowledge(0, "AB", (open_[0],))
            asked = asked | {"acknowledged": sorted([*asked["acknowledged"], open_[0]])}  # type: ignore[misc]
        elif n % 2:
            limit = 93 - n // 2 % 3 + os.getpid() % 100 / 1000  # no two children set the same
            command, asked = SetLimit(0, "AB", RULE, Signal.SPO2, limit), asked | {"limit": limit}
        else:
            reason = f"{os.getpid()} {n}"
            command = SwitchRule(0, "AB", RULE, bool(asked["off"]), reason)
            asked = asked | {"off": [] if asked["off"] else [reason]}
        say("gave", state=asked)
        if refusal := station.do(command).result(timeout=10):
            say("refused", why=refusal)
            return
        say("confirmed", state=asked)


def watch(station: Station, session: RunningSession, *, settles: bool) -> None:
    """Start, say what is seen and heard first, and then set something for ever."""
    shown = Event()
    station.subscribe(shown.set)
    with session:
        while True:
            shown.wait()
            shown.clear()
            shot = station.snapshot
            high = [o.rule for o in shot.occurrences if o.is_active and o.priority.word == "high"]
            if high or not settles:
                break
        level = sound(shot.occurrences, shot.paused_until is not None)
        say("shown", active=high, rules=[o.rule for o in shot.occurrences], level=level and level.word)
        set_for_ever(station, state(shot), is_acknowledging="acknowledge" in sys.argv)
        Event().wait()


def begin(data: Path, url: str) -> None:
    """A session from its start."""
    profile, source = load_profile("iv-ketamine"), open_source(url)
    clock = SessionClock(offset=source.backlog)
    station = Station(Engine(profile), clock)
    facts = SessionFacts(
        bed="1",
        mode=Mode.LIVE,
        started=datetime.now(UTC) - timedelta(microseconds=clock.now()),
        profile=profile.name,
        profile_toml=profile.text,
        sources=(url,),
        version="0",
    )
    with recording(data, facts, lambda text: None, station.recorded, station.record_trouble) as recorder:
        say("restored", state=state(Snapshot(profile=profile)))
        watch(station, RunningSession(station, [source], clock, Phase.INFUSION, recorder), settles=True)


def resume(data: Path, url: str) -> None:
    """The same session, after it was killed."""
    record, session = interrupted_session("last", str(data))
    clock = SessionClock(offset=session.last_t + 1)
    station = Station(Engine(load_profile("iv-ketamine")), clock)
    with going_on(data, session, lambda text: None, station.recorded, station.record_trouble) as recorder:
        all_of_it: Past = past(record, session, recorder.committed)
        station.restore(all_of_it)
        say("restored", state=state(station.snapshot))
        source = FromNow(open_source(url), clock.now())
        watch(station, RunningSession(station, [source], clock, None, recorder), settles=False)


if __name__ == "__main__":
    (begin if "begin" in sys.argv else resume)(Path(sys.argv[1]), f"csv:{sys.argv[2]}?follow=1")
