"""The program, run as a command, gives the alarms that were counted independently: twelve recordings, none alike."""

from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from benchmarks.alarms_per_hour import hours, plain_threshold, recordings
from tests.realdata.independent import occurrences, read
from tests.realdata.program import check_outside, told

pytestmark = pytest.mark.realdata

CHOSEN = {
    "bidmc/bidmc_32_Numerics.csv": "83-87 % for all of its 8 min: crosses 85 seventeen times, O2-3 three times",
    "bidmc/bidmc_49_Numerics.csv": "84-88 %: O2-2 raised by the %-seconds at half a second, high at 60 s",
    "sedation/P004.csv": "probe off for two thirds of the time: all nine occurrences end with signal lost",
    "sedation/P006.csv": "probe off for 3.7 of 4.4 h, HR-4 28 times lost, once escalated, twice high at once",
    "sedation/P007.csv": "the most alarms of all: HR-4 46 times, ten escalated, sixteen high at once",
    "sedation/P017.csv": "the most true desaturations: O2-1 six, O2-2 four times, one high at 60 s",
    "sedation/P032.csv": "one tachycardia through HR-1, HR-2 and, twice, HR-3",
    "sedation/P045.csv": "half- and double-counted pulses: 26 times HR-4, once HR-3",
    "sedation/P051.csv": "SpO2 for the last 7 s only, always 1 %: O2-4 without a delay, %-seconds, open at the end",
    "sedation/P055.csv": "artefact falls to 75 %: every O2 rule, O2-4 with and without its 5 s, index still above 50",
    "sedation/P060.csv": "O2-2 raised by the %-seconds between two rows, O2-3, six of seven lost with the probe",
    "sedation/P065.csv": "probe off for four fifths; O2-2 that ends inside, HR-4 high at once",
}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_alarms_are_those_counted(realdata: Path, name: str) -> None:
    path = realdata / name
    assert_frame_equal(told(check_outside(path)), occurrences(read(path)), check_dtype=False, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "delay", "expected"), [("bidmc", 0, 0.42), ("sedation", 0, 0.49), ("sedation", 15, 0.16)]
)
def test_the_plain_threshold_meets_the_yardstick_of_the_data(
    realdata: Path, name: str, delay: int, expected: float
) -> None:
    paths = recordings(realdata / name)
    alarms, _ = plain_threshold(paths, delay)
    assert alarms / hours(paths) == pytest.approx(expected, abs=0.005)
