"""A simulated patient looks like a person, does what the scenario says, and does it again with the same seed."""

from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import NIBP, SECOND, DeviceConfiguration, NibpReading, Observation, Reading, Signal
from ingest.sources import Mode, SourceError
from ingest.sources.csv import CsvSource
from ingest.sources.simulator import SCENARIOS, open_scenario
from ingest.sources.simulator.__main__ import main
from ingest.sources.simulator.course import Course, Cuff
from ingest.sources.simulator.table import csv_table

seeds = st.integers(0, 2**64)
names = st.sampled_from(sorted(SCENARIOS))
few = settings(max_examples=20, deadline=None)


def session(name: str, seed: int = 1) -> Course:
    return open_scenario(name, seed).session


def longest_run(values: list[int]) -> int:
    return max(len(list(run)) for _, run in groupby(values))


# A source


def test_it_says_first_what_it_will_send_and_then_a_sample_a_second() -> None:
    first, *rest = open_scenario("uneventful").readings()
    assert first == DeviceConfiguration(0, "simulated patient", NIBP | {Signal.HR, Signal.SPO2}, SECOND)
    for signal in (Signal.HR, Signal.SPO2):
        times = [reading.t for reading in rest if isinstance(reading, Observation) and reading.signal is signal]
        assert times == [second * SECOND for second in range(70 * 60)]
    assert all(a.t <= b.t for a, b in pairwise(rest))


def test_it_is_marked_as_simulated() -> None:
    source = open_scenario("desaturation", speed=10)
    assert (source.mode, source.speed, source.backlog, source.rejected) == (Mode.SIMULATED, 10, 0, 0)
    assert source.notes() == []


@pytest.mark.parametrize(
    ("name", "seed", "speed", "says"),
    [
        ("vasovagal", 1, 1.0, "no scenario 'vasovagal': choose one of uneventful, hypertensive-surge, desaturation"),
        ("uneventful", -1, 1.0, "seed -1 is negative"),
        ("uneventful", 1, 0.0, "speed 0 is not possible"),
        ("uneventful", 1, float("nan"), "speed nan is not possible"),
    ],
)
def test_what_it_cannot_simulate_is_said_in_a_line(name: str, seed: int, speed: float, says: str) -> None:
    with pytest.raises(SourceError, match=r"^simulator: ") as refusal:
        open_scenario(name, seed, speed)
    assert says in str(refusal.value)


@few
@given(names, seeds)
def test_the_same_seed_gives_the_same_session(name: str, seed: int) -> None:
    assert list(open_scenario(name, seed).readings()) == list(open_scenario(name, seed).readings())


def test_another_seed_gives_another_patient() -> None:
    assert session("uneventful", 1).hr != session("uneventful", 2).hr


# A person


@few
@given(names, seeds)
def test_cuff_pressures_are_those_of_a_person(name: str, seed: int) -> None:
    cuffs = session(name, seed).cuffs
    assert all(cuff.sys > cuff.map > cuff.dia for cuff in cuffs)
    assert all(20 <= cuff.sys - cuff.dia <= 110 for cuff in cuffs)
    assert 100 <= cuffs[0].sys <= 145
    assert 60 <= cuffs[0].dia <= 95


@few
@given(names, seeds)
def test_the_cuff_measures_every_five_minutes_from_the_first_minute_on(name: str, seed: int) -> None:
    times = [cuff.second for cuff in session(name, seed).cuffs]
    assert times[0] <= 120
    assert all(60 <= b - a <= 330 for a, b in pairwise(times))  # 7 min would be overdue


@few
@given(names, seeds)
def test_heart_rate_varies_and_never_stands_still(name: str, seed: int) -> None:
    hr = session(name, seed).hr
    assert 55 <= min(hr) <= max(hr) <= 105  # no HR rule is touched
    assert max(abs(b - a) for a, b in pairwise(hr)) <= 5
    assert longest_run(hr) < 60


@few
@given(seeds)
def test_saturation_wanders_between_96_and_99(seed: int) -> None:
    spo2 = session("uneventful", seed).spo2
    assert set(spo2) <= {96, 97, 98, 99}
    assert longest_run(spo2) < 30 * 60
    assert max(abs(b - a) for a, b in pairwise(spo2)) == 1


def test_pressure_and_heart_rate_rise_at_40_minutes_as_published() -> None:
    """+16.0/+11.0 mmHg (Yale 2024) and +4.1 bpm (Vankawala 2021), in the mean of many patients."""
    patients = [session("uneventful", seed) for seed in range(60)]
    pairs = [(patient.cuffs[0], min(patient.cuffs, key=lambda cuff: abs(cuff.second - 2400))) for patient in patients]
    assert mean(late.sys - early.sys for early, late in pairs) == pytest.approx(16.0, abs=2)
    assert mean(late.dia - early.dia for early, late in pairs) == pytest.approx(11.0, abs=2)
    assert mean(mean(p.hr[2340:2460]) - mean(p.hr[:60]) for p in patients) == pytest.approx(4.1, abs=1)


# Scenarios


@few
@given(seeds)
def test_uneventful_stays_clear_of_every_limit(seed: int) -> None:
    assert all(90 <= cuff.sys < 160 and cuff.dia < 110 and cuff.map >= 65 for cuff in session("uneventful", seed).cuffs)


@few
@given(st.integers(0, 60))
def test_the_surge_passes_180_is_measured_again_and_falls_back(seed: int) -> None:
    cuffs = session("hypertensive-surge", seed).cuffs
    first, repeat = next((a, b) for a, b in pairwise(cuffs) if a.asks_for_repeat)
    assert 25 * 60 <= first.second <= 37 * 60
    assert repeat.second - first.second <= 120
    assert sum(60 <= b.second - a.second < 200 for a, b in pairwise(cuffs)) == 1  # one repeat, not one after each
    assert all(cuff.sys <= 155 and cuff.dia <= 95 for cuff in cuffs if cuff.second > 55 * 60)


@few
@given(seeds)
def test_the_saturation_falls_without_a_step_back_stays_a_minute_and_recovers(seed: int) -> None:
    spo2 = session("desaturation", seed).spo2
    falling = spo2[720:749]
    assert all(a - b in {0, 1} for a, b in pairwise(falling))
    assert 12 <= falling[0] - falling[-1] <= 18  # about 0.5 % a second
    assert all(81 <= value <= 84 for value in spo2[750:810])
    assert all(value >= 96 for value in spo2[:719] + spo2[835:])


@few
@given(seeds)
def test_the_pulse_does_not_notice_the_desaturation(seed: int) -> None:
    assert session("desaturation", seed).hr == session("uneventful", seed).hr


@pytest.mark.parametrize(("sys", "dia", "asks"), [(179, 109, False), (180, 80, True), (150, 110, True)])
def test_a_repeat_is_taken_where_a_rule_asks_for_one(sys: int, dia: int, asks: bool) -> None:
    assert Cuff(0, sys, dia).asks_for_repeat is asks


# The table


def test_a_table_has_pressures_only_in_the_row_of_their_measurement() -> None:
    readings: list[Reading] = [
        DeviceConfiguration(0, "x", frozenset({Signal.HR})),
        Observation(0, "x", Signal.HR, 71.0),
        Observation(0, "x", Signal.SPO2, None),
        Observation(1_500_000, "x", Signal.HR, 72.0),
        NibpReading(1_500_000, "x", 121.0, 79.0, 93.0),
    ]
    assert csv_table(readings) == (
        "time_s,hr,spo2,nibp_sys,nibp_dia,nibp_map\n"  #
        "0,71,,,,\n"
        "1.5,72,,121,79,93\n"
    )


def test_a_table_is_read_back_as_it_was(tmp_path: Path) -> None:
    source = open_scenario("hypertensive-surge", 7)
    path = tmp_path / "session.csv"
    path.write_text(csv_table(source.readings()), "utf-8")
    read_back = CsvSource(str(path), name=source.name)
    assert list(read_back.readings()) == list(source.readings())
    assert read_back.rejected == 0


# The command


def test_the_command_writes_to_standard_output_what_it_writes_to_a_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "out.csv"
    assert main(["desaturation", "--seed", "7", "--out", str(path)]) == 0
    assert main(["desaturation", "--seed", "7"]) == 0
    assert capfdbinary.readouterr().out == path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["party"], "no scenario 'party'"), (["uneventful", "--out", "nowhere/at/all.csv"], "cannot be written")],
)
def test_the_command_says_in_one_line_what_is_wrong(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
