"""Timelines: what happens at which second, and what must follow, as tables in TOML (tests/alerts/timelines).

    [[timeline]]
    name = "O2-2: 15 s below 90"
    why = "rules.md 3, O2-2: SpO2 < 90 for 15 s: the sample at 10 begins it, 10 + 15 = 25."
    rules = ["O2-2"]                          # whose occurrences are looked at; all without
    spo2 = [[0, 95], [10, 89, 30], [31, "--"]]  # second, value, and until when (one a second); "--": no reading
    expected = ["25 raised O2-2 medium"]

Other inputs: hr, pr, rr, etco2 likewise; nibp = [[t, sys, dia, map]] (one word in place of the numbers: it failed, and
why); pleth = [[t, "flat" | "moving" | level, until]]; status, commands as tables. A source `monitor` declares what is
sent, and what `signals` names besides. With `cuff = true` the pressures come from a cuff that takes orders; `measuring`
says when it measures. Time passes until `end`. At one instant: status, samples, pressures, waves, commands.

In `expected` a * stands for any words. `events`: which events beside those of occurrences are looked at too; refusals
always are. `messages`: by rule, what its newest occurrence says at last.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from alerts.engine import Engine
from alerts.journal import COMMANDS, TYPED, snake
from alerts.model import Acknowledge, Command, End, Event, Input, OccurrenceEvent, Phase, Raised, Refused, SetPhase
from alerts.profiles import load_profile
from alerts.rules import Profile
from ingest.model import (
    NIBP,
    SECOND,
    Condition,
    DeviceConfiguration,
    DeviceState,
    DeviceStatus,
    NibpReading,
    Observation,
    Signal,
    Tick,
    Waveform,
    micros,
)

MONITOR, CUFF = "monitor", "cuff"
SAMPLED = ("spo2", "hr", "pr", "rr", "etco2")
INPUTS = (*SAMPLED, "nibp", "pleth", "status", "commands", "measuring")
SETTING = ("profile", "phase", "signals", "interval", "cuff", "cuff_every")
KEYS = {"name", "why", "rules", "events", "expected", "messages", "end", *INPUTS, *SETTING}
WAVES = {"flat": (50, 50, 50, 50), "moving": (40, 60, 50, 45)}
"""A second of pleth; any number is a flat one at that level."""
TICK_AFTER = 1


@dataclass(frozen=True, slots=True)
class AcknowledgeNewest:
    """Acknowledge the newest occurrence of a rule."""

    t: int
    rule: str


Given = Input | AcknowledgeNewest


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """One story as its file tells it."""

    file: str
    table: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it shows."""
        return f"{self.file}: {self.table['name']}"

    @property
    def spec(self) -> str:
        """Its profile."""
        return str(self.table.get("profile", "iv-ketamine"))

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules whose occurrences are looked at; none: all."""
        return tuple(self.table.get("rules", ()))

    @property
    def expected(self) -> list[str]:
        """The lines that must come out."""
        return list(self.table["expected"])

    def inputs(self) -> list[Given]:
        """Everything that happens, in order."""
        given = sorted(self._given(), key=lambda input_: input_.t)
        return [*self._sources(), *given, Tick(micros(self.table.get("end", _last(given) + TICK_AFTER)))]

    def _sources(self) -> Iterator[Input]:
        table = self.table
        has_cuff = table.get("cuff", False) or "cuff_every" in table
        signals = {Signal(name) for name in (*SAMPLED, "pleth") if name in table}
        signals |= {Signal(name) for name in table.get("signals", ())}
        signals |= NIBP if "nibp" in table and not has_cuff else set()
        yield DeviceConfiguration(0, MONITOR, frozenset(signals), micros(table.get("interval", 1)))
        if has_cuff:
            every = micros(table["cuff_every"]) if "cuff_every" in table else None
            yield DeviceConfiguration(0, CUFF, NIBP, SECOND, True, every)
            yield DeviceStatus(0, CUFF, DeviceState.CONNECTED)
        if (phase := Phase(table.get("phase", "infusion"))) is not Phase.SETUP:
            yield SetPhase(0, "AB", phase, "the timeline begins here")

    def _given(self) -> Iterator[Given]:
        table = self.table
        yield from map(_status, table.get("status", ()))
        for begin, *end in table.get("measuring", ()):
            yield DeviceStatus(micros(begin), CUFF, DeviceState.CONNECTED, "", frozenset({Condition.MEASURING}))
            yield from (DeviceStatus(micros(t), CUFF, DeviceState.CONNECTED) for t in end)
        for name in SAMPLED:
            for t, value in each_second(table.get(name, ()), table.get("interval", 1)):
                yield Observation(micros(t), MONITOR, Signal(name), None if value == "--" else float(value))
        source = CUFF if table.get("cuff", False) or "cuff_every" in table else MONITOR
        yield from (_reading(source, *row) for row in table.get("nibp", ()))
        for t, shape in each_second(table.get("pleth", ()), 1):
            yield Waveform(micros(t), MONITOR, Signal.PLETH, 4, WAVES.get(shape, (shape,) * 4))
        yield from map(_command, table.get("commands", ()))


def _last(given: Iterable[Given]) -> float:
    return max((i.t for i in given), default=0) / SECOND


def each_second(rows: Iterable[list[Any]], interval: float) -> Iterator[tuple[float, Any]]:
    """`[t, value]` or `[t, value, until]`: the times, in seconds, and the value at each."""
    for t, value, *until in rows:
        for n in range(int((until[0] - t) / interval + 1e-9) + 1 if until else 1):
            yield t + n * interval, value


def _reading(source: str, t: float, *numbers: Any) -> NibpReading:
    if len(numbers) == 1:
        return NibpReading(micros(t), source, None, None, None, numbers[0])
    sys, dia, map_ = (None if number == "--" else number for number in (*numbers, "--")[:3])
    return NibpReading(micros(t), source, sys, dia, map_)


def _status(row: Mapping[str, Any]) -> DeviceStatus:
    conditions = frozenset(map(Condition, row.get("conditions", ())))
    state = DeviceState(row.get("state", "connected"))
    return DeviceStatus(micros(row["t"]), row.get("source", MONITOR), state, row.get("detail", ""), conditions)


def _command(row: Mapping[str, Any]) -> Given:
    """`{ t = 20, do = "set_phase", phase = "infusion" }`: a field that is not given is None (a decision: none)."""
    t, kind = micros(row["t"]), row["do"]
    if kind == "end":
        return End(t)
    if kind == "acknowledge" and "rule" in row:
        return AcknowledgeNewest(t, row["rule"])
    if kind == "configure":
        return DeviceConfiguration(t, row["source"], frozenset(map(Signal, row["signals"])))
    given = {key: TYPED.get(key, lambda v: v)(value) for key, value in row.items() if key not in ("t", "do")}
    if "since" in given:
        given["since"] = micros(given["since"])
    kind_of = COMMANDS[kind]
    open_ = {f.name: "" if f.name == "reason" else None for f in fields(kind_of) if f.default is MISSING}
    command: Command = kind_of(**{**open_, "who": "AB", **given, "t": t})
    return command


@dataclass(frozen=True, slots=True)
class Played:
    """What came out."""

    engine: Engine
    events: tuple[Event, ...]

    def message(self, rule: str) -> str:
        """What the newest occurrence of a rule says."""
        said = [e.occurrence for e in self.events if isinstance(e, OccurrenceEvent) and e.occurrence.rule == rule]
        return max(reversed(said), key=lambda o: o.id).message if said else ""

    def lines(self, rules: Iterable[str] = (), events: Iterable[str] = ()) -> list[str]:
        """`15 raised O2-2 medium` for each event that is asked for."""
        asked, others = tuple(rules), {"refused", *events}
        return [
            line(e)
            for e in self.events
            if ((e.occurrence.rule in asked or not asked) if isinstance(e, OccurrenceEvent) else snake(e) in others)
        ]


@cache
def profile(spec: str) -> Profile:
    """A shipped profile, read once."""
    return load_profile(spec)


@cache
def play(timeline: Timeline) -> Played:
    """Let it happen, once."""
    engine = Engine(profile(timeline.spec))
    events: list[Event] = []
    begins = [SetPhase, DeviceConfiguration]
    for n, given in enumerate(timeline.inputs()):
        if isinstance(given, AcknowledgeNewest):
            given = Acknowledge(given.t, "AB", (_newest(events, given.rule),))
        out = engine.step(given)
        events += () if n < len(begins) + 2 and type(given) in begins and given.t == 0 else out
    return Played(engine, tuple(events))


def _newest(events: Iterable[Event], rule: str) -> int:
    return max((e.occurrence.id for e in events if isinstance(e, Raised) and e.occurrence.rule == rule), default=0)


def line(event: Event) -> str:
    """An event in a few words: second, name, and what it says."""
    at = f"{event.t / SECOND:.6f}".rstrip("0").rstrip(".")
    if isinstance(event, OccurrenceEvent):
        o = event.occurrence
        return f"{at} {snake(event)} {o.rule} {o.priority.word if o.ended is None else o.reason}"
    return " ".join([at, snake(event), *map(_word, _said(event))])


def _said(event: Event) -> Iterator[Any]:
    """The fields that matter: all but the time, and without who where there is more to say."""
    if isinstance(event, Refused):
        yield event.reason
        return
    for field in fields(event):
        value = getattr(event, field.name)
        is_who = field.name in ("who", "decision", "reason", "source") and snake(event) not in (
            "cuff_ordered",
            "audio_resumed",
        )
        if field.name == "until":
            yield f"until {value / SECOND:g}"
        elif not (is_who or field.name in ("t", "source")):
            yield value


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float | int) else "--" if value is None else str(value)


def matches(expected: str, line_: str) -> bool:
    """Whether a line is the one expected; * stands for any words."""
    return re.fullmatch(re.escape(expected).replace(r"\*", ".*"), line_) is not None


@cache
def timelines() -> tuple[Timeline, ...]:
    """All of them."""
    found = []
    for path in sorted((Path(__file__).parent / "timelines").glob("*.toml")):
        for table in tomllib.loads(path.read_text("utf-8"))["timeline"]:
            if unknown := set(table) - KEYS:
                raise ValueError(f"{path.name}: {table.get('name')}: unknown key {', '.join(sorted(unknown))}")
            found.append(Timeline(path.stem, table))
    return tuple(found)
