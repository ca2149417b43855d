"""The alarm sounds, measured in their samples against rules.md section 4."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Priority
from alerts.tones import RATE, TONES, beat, burst, for_browsers, pulse_pitch
from tests.alerts.hearing import Wave, check_burst, check_harmless, check_rhythm, check_tone, components, pulses

SOUNDING = [Priority.LOW, Priority.MEDIUM, Priority.HIGH]


def heard(priority: Priority) -> Wave:
    return burst(priority).astype(float)


@pytest.mark.parametrize("priority", SOUNDING, ids=lambda p: p.word)
def test_a_burst_is_what_the_rules_say(priority: Priority) -> None:
    check_burst(heard(priority), RATE, priority.word)


def test_the_silence_between_two_bursts_is_longer_than_any_inside() -> None:
    for priority, every in ((Priority.HIGH, 10), (Priority.MEDIUM, 25), (Priority.LOW, 30)):
        assert TONES[priority].every == every
        assert len(burst(priority)) / RATE < every / 3
        assert TONES[priority].length == pytest.approx(len(burst(priority)) / RATE)


def test_a_higher_priority_is_higher_in_pitch() -> None:
    pitches = [components(heard(p), RATE, pulses(heard(p), RATE)[0])[0][0] for p in SOUNDING]
    assert pitches == sorted(set(pitches))


def test_information_is_silent() -> None:
    assert len(burst(Priority.INFORMATION)) == 0


def test_browsers_get_the_same_numbers() -> None:
    sent = json.loads(for_browsers())
    assert {word: (t["pitch"], t["pulse"], tuple(t["gaps"]), t["every"]) for word, t in sent["tones"].items()} == {
        p.word: (t.pitch, t.pulse, t.gaps, t.every) for p, t in TONES.items()
    }
    assert sent["tones"].keys() == {"high", "medium", "low"}


# The instruments themselves: what is wrong is found


def tone(pitch: float, harmonics: tuple[float, ...], flank: float = 0.15, length: float = 0.2) -> Wave:
    t = np.arange(round(length * RATE)) / RATE
    wave = np.sum([a * np.sin(2 * np.pi * k * pitch * t) for k, a in enumerate(harmonics, 1)], axis=0)
    shape = np.minimum(1, np.minimum(t, length - t) / (flank * length)) if flank else 1.0
    return np.asarray(wave * shape / np.abs(wave).max() * 0.8)


def two(pulse: Wave, gap: float = 0.15) -> Wave:
    return np.concatenate([pulse, np.zeros(round(gap * RATE)), pulse])


RICH = (1.0, 0.8, 0.7, 0.6, 0.5)


@pytest.mark.parametrize(
    "wave",
    [
        two(tone(440, (1,))),  # no harmonics
        two(tone(440, (1, 0.1, 0.1, 0.1, 0.1))),  # 20 dB below
        two(tone(1200, RICH)),  # f0 above 1000 Hz
        two(tone(990, RICH)),  # only three harmonics up to 4000 Hz
        two(tone(120, RICH)),  # f0 below 150 Hz
        two(tone(440, RICH, flank=0.02)),  # rises too fast
        two(tone(440, RICH, flank=0)),  # clicks
        two(tone(440, RICH, length=0.1)),  # too short
        two(tone(440, RICH, length=0.3)),  # too long
        np.clip(two(tone(440, RICH)) * 3, -1, 1),  # clipped
        tone(440, RICH),  # one pulse where two are wanted
    ],
)
def test_a_wrong_burst_is_found_out(wave: Wave) -> None:
    with pytest.raises(AssertionError):
        check_burst(wave, RATE, "low")


def test_a_right_burst_of_other_numbers_passes() -> None:
    check_burst(two(tone(300, RICH)), RATE, "low")
    with pytest.raises(AssertionError):
        check_rhythm([0.1] * 9, "high")
    with pytest.raises(AssertionError):
        check_tone([(440, 0), (700, -3), (880, -3), (1320, -3), (1760, -3)])


# The pulse tone


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_pulse_tone_falls_with_the_saturation(a: float, b: float) -> None:
    assert 150 <= pulse_pitch(a) <= 1000
    assert (pulse_pitch(a) <= pulse_pitch(b)) is (a <= b) or pulse_pitch(a) == pulse_pitch(b)


def test_each_percent_of_saturation_is_a_quarter_tone() -> None:
    assert pulse_pitch(100) == 880
    assert pulse_pitch(76) == pytest.approx(440)  # 24 quarter tones are an octave
    assert pulse_pitch(98) / pulse_pitch(97) == pytest.approx(2 ** (1 / 24))


def test_a_beat_is_softer_and_shorter_than_an_alarm() -> None:
    blip = beat(97).astype(float)
    assert len(blip) / RATE < 0.075
    assert np.abs(blip).max() < np.abs(heard(Priority.LOW)).max() / 2
    check_harmless(blip * 3, RATE)
