"""Snapshot -> words, marks and states for every element of the bedside screen (pure).

A view is a flat map: key "id" is the text of the element with that id, "id@name" its data-name
attribute. Continuous values and NIBP go beside it with their ages, because the browser carries the
ages on by itself (a stale value is never shown as live, H01).
"""

from collections.abc import Callable
from datetime import timedelta

from alerts.conditions import Reference
from alerts.model import Occurrence, OccurrenceState, Phase, Priority, Side
from alerts.rules import Profile, Rule
from alerts.signals import announced, sound
from alerts.snapshot import Snapshot
from dashboard.feed import Session
from dashboard.instruments import View, condition, duration, instruments
from dashboard.waves import pleth
from ingest.model import SECOND, SIGNALS, Signal
from ingest.sources import Mode

ROWS = 5
STATION_LATE_S = 3
"""Real seconds without a turn of the station after which its alarms are not to be relied on (D)."""

Live = dict[str, tuple[str, int | None]]
"""Text and the session time of its sample (None when there is no value)."""


def render(snapshot: Snapshot, session: Session, now: int) -> View:
    """Every word and state on the screen at session time `now` (microseconds)."""
    told, fault = folded(announced(snapshot.occurrences)), _fault(snapshot, session, now)
    return (
        _header(snapshot, session, now)
        | _strip(told, snapshot, session)
        | _rows(told, snapshot, session)
        | _tiles(told, snapshot, snapshot.profile or session.profile)
        | {"nibp-time": _clock(session, snapshot.nibp.t)[:5] if snapshot.nibp else ""}
        | instruments(snapshot, session, now)
        | pleth(snapshot, session)
        | _audio(snapshot, now, fault)
        | {"fault": fault}
    )


def live(snapshot: Snapshot, profile: Profile, now: int) -> Live:
    """The numbers and the times they are from. A value the engine has given up is "--" at any age."""
    values: Live = {}
    for key, signal in (("hr", snapshot.rate), ("spo2", Signal.SPO2), ("rr", Signal.RR), ("etco2", Signal.ETCO2)):
        sample = snapshot.samples.get(signal)
        is_there = sample is not None and sample.value is not None and not snapshot.is_ended
        values[key] = (_number(sample.value), sample.t) if sample and is_there else ("--", None)
    reading = snapshot.nibp
    if reading is None:
        return values | {"nibp": ("--", None), "nibp-map": ("--", None)}
    is_old = (now - reading.t) / SECOND >= profile.nibp.shown
    values["nibp"] = ("--" if is_old else f"{_number(reading.sys)}/{_number(reading.dia)}", reading.t)
    values["nibp-map"] = ("--" if is_old else _number(reading.map), reading.t)
    return values


def _number(value: float | None) -> str:
    return "--" if value is None else f"{value:.0f}"


# Header


def _header(snapshot: Snapshot, session: Session, now: int) -> View:
    return {
        "bed": session.bed,
        "session-line": session.profile.title,
        "mode": _mode(session),
        "screen@mode": session.mode,
        "screen@speed": f"{session.speed:g}",
        "screen@ended": "yes" if snapshot.is_ended else "",
        "clock": _clock(session, now),
        "phase": "Ended" if snapshot.is_ended else snapshot.phase.capitalize(),
        "elapsed": duration(snapshot.t if snapshot.is_ended else now),
        "started": f"started {_clock(session, 0)[:5]}",
        "remarks": " · ".join(_remarks(snapshot, session)),
        "screen@breath": "yes" if Signal.RR in snapshot.samples else "",
    }


def _remarks(snapshot: Snapshot, session: Session) -> list[str]:
    """What is not watched, whoever or whatever is the cause: always in sight (rules.md section 4)."""
    remarks = [] if Signal.RR in snapshot.samples else ["Breathing not monitored"]
    relative = [
        rule.id
        for rule in session.profile.rule
        if any(c.base is Reference.BASELINE and c.signal not in snapshot.baseline for c in rule.comparisons)
    ]
    if relative and snapshot.phase in (Phase.INFUSION, Phase.OBSERVATION):
        remarks.append(f"No baseline: {', '.join(sorted(relative))} off")
    remarks += [
        f"{off.rule} OFF by {off.who}, {_clock(session, off.t)[:5]}: {off.reason}" for off in snapshot.rules_off
    ]
    if snapshot.inhibited_until is not None:
        remarks.append("SpO₂ and pulse alarms held back: the cuff is on this limb")
    return remarks


def _mode(session: Session) -> str:
    words = {Mode.LIVE: "", Mode.SIMULATED: "SIMULATED", Mode.REPLAY: "REPLAY"}[session.mode]
    return f"{words} {session.speed:g}×" if words and session.speed != 1 else words


def _clock(session: Session, t: int) -> str:
    """Local wall-clock time of session time `t`; a label only."""
    return f"{(session.started + timedelta(microseconds=t)).astimezone():%H:%M:%S}"


# Alarms


def folded(told: tuple[Occurrence, ...]) -> tuple[Occurrence, ...]:
    """One line a rule and signal: earlier ended alarms of it stand behind the first, and are counted there."""
    first: dict[tuple[str, str], Occurrence] = {}
    for o in told:
        first.setdefault((o.rule, o.signal), o)
    return tuple(first.values())


def _earlier(occurrence: Occurrence, snapshot: Snapshot) -> list[Occurrence]:
    """Other alarms of the same rule and signal that ended and wait for an acknowledgement."""
    return [
        o
        for o in snapshot.occurrences
        if o.state is OccurrenceState.LATCHED
        and (o.rule, o.signal) == (occurrence.rule, occurrence.signal)
        and o.id != occurrence.id
    ]


def _strip(told: tuple[Occurrence, ...], snapshot: Snapshot, session: Session) -> View:
    if not told:
        return {
            "strip@priority": "none",
            "strip@state": "none",
            "strip-mark": "",
            "strip-message": "No alarms",
            "strip-detail": "",
            "strip-second": "",
            "strip-ack@ids": "",
            "strip-ack@seen": "",
        }
    first = told[0]
    second = told[1] if len(told) > 1 else None
    more = f" · +{len(told) - 2} more" if len(told) > 2 else ""
    return {
        "strip@priority": first.priority.word,
        "strip@state": first.state,
        "strip-mark": _mark(first),
        "strip-message": _words(first),
        "strip-detail": _note(first, snapshot, session),
        "strip-second": f"{_mark(second)} {_words(second)}{more}".strip() if second else "",
        "strip-ack@ids": _to_acknowledge(first, snapshot),
        "strip-ack@seen": first.priority.word,
    }


def _rows(told: tuple[Occurrence, ...], snapshot: Snapshot, session: Session) -> View:
    view: View = {}
    for i in range(ROWS):
        o = told[i] if i < len(told) else None
        view |= {
            f"alarm-{i}@priority": o.priority.word if o else "",
            f"alarm-{i}@state": o.state if o else "",
            f"alarm-{i}-mark": _mark(o) if o else "",
            f"alarm-{i}-text": _words(o) if o else "",
            f"alarm-{i}-why@occurrence": str(o.id) if o else "",
            f"alarm-{i}-note": _note(o, snapshot, session) if o else "",
            f"alarm-{i}-ack@ids": _to_acknowledge(o, snapshot) if o else "",
            f"alarm-{i}-ack@seen": o.priority.word if o else "",
        }
    hidden = told[ROWS:]
    return view | {"alarms-more": f"+{len(hidden)} more" if hidden else ""}


def _mark(occurrence: Occurrence) -> str:
    mark = occurrence.priority.mark
    return f"{mark} ⚙".strip() if occurrence.technical else mark


def _words(occurrence: Occurrence) -> str:
    words = occurrence.message.replace("SpO2", "SpO₂").replace(">=", "≥").replace("<=", "≤")
    return f"ENDED: {words}" if occurrence.state is OccurrenceState.LATCHED else words


def _note(occurrence: Occurrence, snapshot: Snapshot, session: Session) -> str:
    earlier = len(_earlier(occurrence, snapshot))
    before = f" · {earlier} earlier" if earlier else ""
    since = f"since {_clock(session, occurrence.since)}{before}"
    if occurrence.state is OccurrenceState.LATCHED:
        return f"ended {_clock(session, occurrence.ended or 0)}{before}"
    if occurrence.state is OccurrenceState.ACKNOWLEDGED:
        is_saved = snapshot.acknowledged.get(occurrence.id, 0) <= snapshot.committed
        who = f"acknowledged by {occurrence.acknowledged_by}" if is_saved else "acknowledging …"
        return f"{since} · {who}"
    return since


def _to_acknowledge(occurrence: Occurrence, snapshot: Snapshot) -> str:
    """Ids one touch acknowledges: the occurrence, and earlier ended ones of the same rule."""
    ids = [o.id for o in _earlier(occurrence, snapshot)]
    if occurrence.state is not OccurrenceState.ACKNOWLEDGED:
        ids.append(occurrence.id)
    return ",".join(map(str, ids))


def _audio(snapshot: Snapshot, now: int, fault: str) -> View:
    until = snapshot.paused_until
    wanted = None if snapshot.is_ended else sound(snapshot.occurrences, until is not None, bool(fault))
    return {
        "pause@state": "off" if until is None else "on",
        "pause-left": "" if until is None else duration(max(0, until - now) + SECOND - 1),
        "screen@sound": wanted.word if wanted else "",
        "screen@remind": str(snapshot.reminders),
        "screen@station": "heard" if snapshot.sound and snapshot.sound.is_own else "",
        "screen@unheard": (snapshot.sound.trouble or "") if snapshot.sound else "",
        "screen@confirmed": snapshot.sound_confirmed_by,
        "sound-words": _sound_words(snapshot),
    }


def _sound_words(snapshot: Snapshot) -> str:
    """Whether anybody knows that an alarm can be heard here."""
    trouble = snapshot.sound.trouble if snapshot.sound else None
    if trouble:
        return f"No alarm can be heard: {trouble}"
    who = snapshot.sound_confirmed_by
    return f"Heard by {who} in this session" if who else "Nobody has confirmed in this session that alarms are heard"


# Tiles


def _tiles(told: tuple[Occurrence, ...], snapshot: Snapshot, profile: Profile) -> View:
    rate = snapshot.rate
    view = {"hr-title": SIGNALS[rate].title}
    for tile, signal in (("hr", rate), ("spo2", Signal.SPO2)):
        active = [o for o in told if o.is_active and o.signal == signal]
        limits = profile.shown_limits(Signal.HR if tile == "hr" else signal)
        view |= _limits(tile, active, {s: f"{limit:g}" for s, limit in limits.items()}, lambda o: f"{o.limit:g}")
        view[f"{tile}-note"] = _tile_note(active, snapshot, signal)
    view |= {f"{signal}-note": _tile_note([], snapshot, signal) for signal in (Signal.RR, Signal.ETCO2)}
    return view | _nibp_tile(told, snapshot, profile)


def _limits(tile: str, active: list[Occurrence], shown: dict[Side, str], limit_of: Callable[[Occurrence], str]) -> View:
    """The limits beside a number; where a rule is broken its own limit takes the place of the shown one."""
    limits = [o for o in active if not o.technical]
    top = max((o.priority for o in active), default=Priority.INFORMATION)
    view = {f"{tile}-tile@level": "" if top is Priority.INFORMATION else top.word}
    for side in Side:
        broken = next((o for o in limits if o.side is side), None)
        view[f"{tile}-{side}"] = limit_of(broken) if broken else shown.get(side, "")
        view[f"{tile}-{side}@hit"] = broken.priority.word if broken else ""
    return view


def _tile_note(active: list[Occurrence], snapshot: Snapshot, signal: Signal) -> str:
    if snapshot.is_ended:
        return "session ended"
    if signal not in snapshot.samples:
        return "not measured by this source"
    if words := condition(snapshot, signal):
        return words
    if snapshot.inhibited_until is not None and signal in (Signal.SPO2, Signal.PR):
        return "held back: cuff on this limb"
    technical = next((o for o in active if o.technical), None)
    if snapshot.samples[signal].value is not None:
        return "check the device" if technical else ""
    return "signal lost" if technical and technical.rule == "T-6" else "no reading"


def _nibp_tile(told: tuple[Occurrence, ...], snapshot: Snapshot, profile: Profile) -> View:
    rules = {rule.id: rule for rule in profile.rule if rule.kind == "nibp"}
    shown = {rule.side: _pressures(rule, snapshot) for rule in rules.values() if rule.shown and rule.side}
    active = [o for o in told if o.is_active and o.signal == "nibp"]
    limits = _limits("nibp", active, shown, lambda o: _pressures(rules[o.rule], snapshot))
    return limits | {"nibp-note": _nibp_note(active, snapshot)}


def _nibp_note(active: list[Occurrence], snapshot: Snapshot) -> str:
    technical, failed = next((o for o in active if o.technical), None), snapshot.nibp_failed
    if snapshot.cuff is not None and snapshot.cuff.is_measuring:
        return "measuring …"
    if technical is not None:
        return _sentence(technical)
    if failed is not None:
        return f"failed: {failed.error or 'no values'}"
    if snapshot.verify:
        return f"verify: {snapshot.verify}"
    return "" if snapshot.has_nibp else "no NIBP in this source"


def _pressures(rule: Rule, snapshot: Snapshot) -> str:
    """The limits of an NIBP rule as a reading is written: SBP/DBP."""
    references = {Reference.BASELINE: snapshot.baseline, Reference.PREVIOUS: dict[Signal, float]()}
    limits = {c.signal: f"{c.limit:.0f}" for when in rule.stage[0].when if (c := when.against(references))}
    return f"{limits.get(Signal.NIBP_SYS, '–')}/{limits.get(Signal.NIBP_DIA, '–')}"


def _sentence(occurrence: Occurrence) -> str:
    return occurrence.message.removeprefix("NIBP ")


def _fault(snapshot: Snapshot, session: Session, now: int) -> str:
    if snapshot.fault:
        return f"ALARMS NOT RELIABLE: {snapshot.fault}. Watch the patient; restart Dripwatch."
    late_s = (now - snapshot.t) / SECOND / session.speed
    if late_s > STATION_LATE_S and not snapshot.is_ended:
        return f"ALARMS NOT RELIABLE: the alarm engine has not answered for {late_s:.0f} s. Watch the patient."
    return ""
