"""Finding out what is on a line: emulated devices behind a pretend line that garbles bytes at a wrong setting."""

import random
from collections.abc import Callable
from typing import Self

import pytest

from ingest.devices import Line, Parity
from ingest.devices.suntech_nibp import SuntechNibp
from ingest.drivers import DEVICES, EMULATORS
from ingest.emulators import Emulator, Vitals
from ingest.model import NIBP, SECOND, Condition, Signal
from ingest.sources.probing import FOR_FILES, HARMLESS, TWINS, Evidence, Turn, fits_documents, probe, source_url, turns
from ingest.sources.url import open_source

STEP = SECOND // 50
INFLATING = (b"\x3a\x20\xa6", b"\x3a\x87\x3f", b"\x3a\x28\x9e", b" NC0!E\r", b"\x0201;;D7\x03")
"""What starts a cuff, as devices.md has it: SunTech adult, child and newborn; DINAMAP; PAR."""
CHANGING = (bytes.fromhex("02 70 02 02 0D 03"), b"\x0203;;D9\x03")
"""What changes a setting the device keeps: Nonin's data format, PAR's own cycle."""


class Wire:
    """A device at the end of a line, and the only clock: 20 ms pass with every read."""

    def __init__(self, device: Callable[[int], bytes], line: Line | None, ear: Callable[[bytes, int], object]) -> None:
        self.t = 77 * SECOND  # the machine has been on for a while
        self.sent: list[bytes] = []
        self.opened: list[Line] = []
        self._device, self._line, self._ear = device, line, ear
        self._dice = random.Random(5)

    def now(self) -> int:
        return self.t

    def __call__(self, port: str, line: Line) -> Self:
        self.opened.append(line)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self) -> bytes:
        self.t += STEP
        data = self._device(self.t)
        return data if self._is_right else self._dice.randbytes(len(data))

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        if self._is_right:
            self._ear(data, self.t)

    @property
    def _is_right(self) -> bool:
        return self._line in (None, self.opened[-1])


def wired(emulator: Emulator, line: Line | None) -> Wire:
    return Wire(emulator.say, line, emulator.hear)


def saying(data: Callable[[int], bytes], line: Line | None = None) -> Wire:
    return Wire(data, line, lambda data, t: None)


def found(wire: Wire, seconds: float = 5) -> tuple[Evidence, ...]:
    return probe("COM3", wire, wire.now, seconds).answers


# What answers


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name in EMULATORS for line in DEVICES[name].LINES if name != "nonin-df13"]
)
def test_each_device_is_found_at_the_line_it_is_on(name: str, line: Line) -> None:
    wire = wired(EMULATORS[name](), line)
    best, *others = found(wire)
    assert (best.device, best.line) == (name, line)
    assert {other.device for other in others} == (TWINS - {name} if name in TWINS else set())
    assert best.counters.frames > 1
    assert best.age is not None
    assert best.age <= 2 * SECOND
    numbers = DEVICES[name].SIGNALS - NIBP - {Signal.PLETH}
    assert set(best.numbers) == numbers
    assert all(best.numbers.values())


def test_a_device_that_measures_once_a_finger_is_found_if_it_is_waited_for() -> None:
    assert found(wired(EMULATORS["nonin-df13"](), Line(9600))) == ()
    (only,) = found(wired(EMULATORS["nonin-df13"](), Line(9600)), seconds=15)
    assert (only.device, only.counters.frames) == ("nonin-df13", 1)
    assert only.numbers == {Signal.PR: 75, Signal.SPO2: 97}


def test_the_evidence_is_counted() -> None:
    """A Nonin handheld, joined in the middle of a line, one second a line, with a disturbed line in between."""
    lines = [b"HR=072\r\n", b"SPO2=097 HR=072\r\n", b"SPO2=0#7 HR=072\r\n", *[b"SPO2=097 HR=071\r\n"] * 2]

    def talk(t: int) -> bytes:
        second, rest = divmod(t - 77 * SECOND, SECOND)
        return lines[second - 1] if not rest and second <= len(lines) else b""

    (only,) = found(saying(talk, Line(9600)))
    assert only.device == "nonin-ascii"
    c = only.counters
    assert (c.bytes_in, c.frames) == (8 + 4 * 17, 3)
    assert 15 <= only.missed <= 17  # with or without line end; what came before the first line is not held against it
    assert only.numbers == {Signal.PR: 71, Signal.SPO2: 97}
    assert only.age == 0


def test_a_finger_that_is_out_is_an_answer_too() -> None:
    emulator = EMULATORS["contec-v7"]()
    emulator.vitals = Vitals(pr=None, spo2=None, pi=None)
    (only,) = found(wired(emulator, Line(115200)))
    assert only.device == "contec-v7"
    assert only.conditions == {Condition.PROBE_OFF}
    assert not only.has_numbers


# What does not


def test_noise_is_nobody() -> None:
    dice = random.Random(3)
    probed = probe("COM3", wire := saying(lambda t: dice.randbytes(20)), wire.now)
    assert probed.answers == ()
    assert probed.trouble == ""
    assert all(count >= 5000 for count in probed.heard.values())
    assert {turn.line for turn in turns()} == set(probed.heard)


def test_a_few_bytes_that_happen_to_look_like_frames_are_nobody() -> None:
    """Two five-byte frames in a burst of noise, and then silence."""
    burst = random.Random(8).randbytes(3000) + bytes.fromhex("88 40 06 4B 61") * 2
    assert found(saying(lambda t: burst if t == 77 * SECOND + STEP else b"")) == ()


def test_a_silent_line_is_listened_to_and_asked_at_every_setting_for_a_bounded_time() -> None:
    probed = probe("COM3", wire := saying(lambda t: b""), wire.now, 5)
    assert (probed.answers, probed.others) == ((), ())
    assert set(probed.heard.values()) == {0}
    assert wire.t - 77 * SECOND == 5 * SECOND * len(turns()) == 55 * SECOND
    assert wire.opened == [turn.line for turn in turns()]


def test_a_line_that_breaks_is_told_with_what_was_found_before() -> None:
    class Breaking(Wire):
        def __call__(self, port: str, line: Line) -> Self:
            if self.opened:
                raise OSError(5, "Input/output error")
            return super().__call__(port, line)

    probed = probe("/dev/null", wire := Breaking(lambda t: b"", None, lambda data, t: None), wire.now)
    assert probed.trouble == "/dev/null: [Errno 5] Input/output error"
    assert probed.heard == {Line(9600): 0}


# What is sent


def test_a_device_that_talks_by_itself_is_never_spoken_to() -> None:
    for name in set(EMULATORS) - set(HARMLESS) - {"nonin-df13"}:
        wire = wired(EMULATORS[name](), DEVICES[name].LINES[0])
        assert found(wire), name
        assert wire.sent == [], name


def test_one_that_was_found_is_asked_nothing_more() -> None:
    wire = wired(EMULATORS["contec-v7"](), Line(115200))
    assert found(wire)
    assert set(wire.sent) <= HARMLESS["contec-v7"]


@pytest.mark.parametrize("name", ["suntech-nibp", "dinamap", "par-nibp"])
def test_a_cuff_is_found_and_not_inflated(name: str) -> None:
    wire = wired(EMULATORS[name](), DEVICES[name].LINES[0])
    assert found(wire)[0].device == name
    assert not any(order in b"".join(wire.sent) for order in INFLATING + CHANGING)


def test_to_an_unknown_line_only_what_is_written_out_is_sent() -> None:
    wire = saying(lambda t: b"")
    found(wire)
    requests = {b"\x7d\x81\xa1" + b"\x80" * 6, b"\x85\x01\x01\x00", b"\x3a\x79\x05\x00\x48", b"\x0218;;DF\x03"}
    assert set(wire.sent) == requests | {b" OA!3\r", b" RA!6\r", b" NA!2\r"}
    assert not any(order in b"".join(wire.sent) for order in INFLATING + CHANGING)


def test_what_is_not_written_out_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that would inflate a cuff unasked: the fault of tomorrow."""
    monkeypatch.setattr(SuntechNibp, "due", lambda self, now: INFLATING[0])
    wire = wired(EMULATORS["suntech-nibp"](), Line(9600))
    assert found(wire) == ()
    assert INFLATING[0] not in wire.sent


def test_every_decoder_that_sends_unasked_is_written_out_or_left_out_on_purpose() -> None:
    for name, decoder_type in DEVICES.items():
        decoder = decoder_type(name)
        sent = {decoder.due(t) for t in range(0, 60 * SECOND, SECOND // 10)} - {b""}
        assert sent <= HARMLESS.get(name, frozenset()) or name == "nonin-df13", name


def test_listening_comes_before_asking_and_every_live_decoder_has_its_turns() -> None:
    plan = turns()
    asking = [turn for turn in plan if turn.asks]
    assert plan[-len(asking) :] == asking
    for name in set(DEVICES) - FOR_FILES:
        for line in DEVICES[name].LINES:
            assert [turn for turn in plan if turn.line == line and name in turn.devices and not turn.asks]
    assert not any("masimo-trend" in turn.devices for turn in plan)


# Twins and URLs


def test_twins_are_both_named_and_the_one_whose_documents_know_the_line_first() -> None:
    first, second = found(wired(EMULATORS["berry-bci"](), Line(115200)))
    assert (first.device, second.device) == ("berry-bci", "contec-5byte")
    assert first.counters == second.counters
    assert source_url("COM3", first) == "serial:COM3?device=berry-bci"
    assert source_url("COM3", second) == "serial:COM3?device=contec-5byte&baud=115200&parity=N"
    assert (fits_documents(first), fits_documents(second)) == (True, False)


def test_on_a_pseudo_terminal_every_setting_is_right_so_both_twins_can_be_typed() -> None:
    answers = found(wired(EMULATORS["contec-5byte"](), None))
    assert {source_url("pts", answer) for answer in answers} == {
        "serial:pts?device=contec-5byte",
        "serial:pts?device=berry-bci",
    }


@pytest.mark.parametrize(
    ("device", "line", "url"),
    [
        ("contec-5byte", Line(4800, Parity.ODD), "serial:COM3?device=contec-5byte"),
        ("contec-5byte", Line(19200, Parity.ODD), "serial:COM3?device=contec-5byte&baud=19200"),
        ("nellcor-ascii", Line(19200), "serial:COM3?device=nellcor-ascii&baud=19200"),
        ("contec-5byte", Line(115200), "serial:COM3?device=contec-5byte&baud=115200&parity=N"),
        ("berry-bci", Line(4800, Parity.ODD), "serial:COM3?device=berry-bci&baud=4800&parity=O"),
        ("berry-bci", Line(19200), "serial:COM3?device=berry-bci&baud=19200"),
    ],
)
def test_the_url_says_the_line(device: str, line: Line, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (evidence,) = found(wired(EMULATORS["nonin-df2"](), Line(9600)))
    typed = source_url("COM3", Evidence(device, line, evidence.counters, 0, {}, frozenset(), 0))
    assert typed == url
    opened: list[Line | None] = []  # what the program then opens
    monkeypatch.setattr("ingest.sources.url.SerialSource", lambda port, kind, name, line, *_: opened.append(line))
    open_source(typed)
    assert opened == [line]


def test_progress_is_told_with_every_read() -> None:
    told: list[tuple[Turn, float]] = []
    wire = saying(lambda t: b"")
    probe("COM3", wire, wire.now, 0.1, lambda turn, passed: told.append((turn, round(passed, 2))))
    assert told[:5] == [(turns()[0], passed) for passed in (0.02, 0.04, 0.06, 0.08, 0.1)]
    assert len(told) == 5 * len(turns())
