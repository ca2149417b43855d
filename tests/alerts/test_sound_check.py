"""The self-test plays all three sounds, says which, and believes a person."""

from collections.abc import Callable
from itertools import groupby

import pytest

from alerts.sound_check import sound_check


class FakeOutput:
    """Opens after some lines, or never; vanishes after some more."""

    def __init__(self, opens_after: float = 3, vanishes_after: float = 1e9) -> None:
        self.lines: list[str] = []
        self.is_closed = False
        self.opens_after = opens_after
        self.vanishes_after = vanishes_after

    def send(self, line: str) -> None:
        self.lines.append(line)

    def trouble(self) -> str | None:
        is_open = self.opens_after <= len(self.lines) < self.vanishes_after
        return None if is_open else "no loudspeaker"

    def close(self) -> None:
        self.is_closed = True


def check(output: FakeOutput, ask: Callable[[str], str] | None) -> tuple[bool, list[str], float]:
    said: list[str] = []
    waits: list[float] = []
    return sound_check(lambda: output, said.append, waits.append, ask), said, sum(waits)


def test_all_three_sound_in_order_with_words() -> None:
    output = FakeOutput()
    is_heard, said, _ = check(output, lambda question: "Y")
    assert is_heard
    assert said == [
        "  * low: 2 pulses, in an alarm every 30 s",
        " ** medium: 3 pulses, in an alarm every 25 s",
        "*** high: 10 pulses, in an alarm every 10 s",
    ]
    assert [(word, len(list(lines)) >= 15) for word, lines in groupby(output.lines)] == [
        ("information", False),
        ("low", True),
        ("medium", True),
        ("high", True),
    ]


@pytest.mark.parametrize("answer", ["n", "", "no", "what?"])
def test_anything_but_yes_is_no_and_says_where_to_look(answer: str) -> None:
    is_heard, said, _ = check(FakeOutput(), lambda question: answer)
    assert not is_heard
    assert "mute" in said[-1]


def test_nobody_to_ask() -> None:
    assert check(FakeOutput(), None)[0]


def test_the_question_waits_behind_a_closed_output() -> None:
    """An open one would take the silence of the question for a lost station, and sound an alarm."""
    output = FakeOutput()
    assert check(output, lambda question: "y" if output.is_closed else "n")[0]


def test_no_output_is_said_after_five_seconds() -> None:
    is_heard, said, waited = check(FakeOutput(opens_after=1e9), None)
    assert (is_heard, said) == (False, ["SOUND OFF: no loudspeaker"])
    assert waited == pytest.approx(5)


def test_an_output_that_vanishes_meanwhile_is_not_heard() -> None:
    is_heard, said, _ = check(FakeOutput(vanishes_after=20), lambda question: "y")
    assert (is_heard, said[-1]) == (False, "SOUND OFF: no loudspeaker")
