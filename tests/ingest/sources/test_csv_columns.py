"""The header line: what columns are called, and what is said when they are not known."""

from collections import Counter

import pytest

from ingest.model import SECOND, Signal
from ingest.sources.csv_columns import ALIASES, read_header

NIBP_HEADERS = [
    "NBPsys,NBPDias,NBPMean",
    "NIBP_SYS,NIBP_DIA,NIBP_MAP",
    "NBP Sys [mmHg],NBP Dia [mmHg],NBP Mean [mmHg]",
    "sbp,dbp,map",
    "Systolic (mmHg),Diastolic (mmHg),Mean (mm[Hg])",
    "Solar8000/NIBP_SBP,Solar8000/NIBP_DBP,Solar8000/NIBP_MBP",
    "noninvasivesystolic,noninvasivediastolic,noninvasivemean",
    "MDC_PRESS_BLD_NONINV_SYS,MDC_PRESS_BLD_NONINV_DIA,MDC_PRESS_BLD_NONINV_MEAN",
]


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("HR", Signal.HR),
        ("Heart Rate", Signal.HR),
        ("heartRate", Signal.HR),
        ("HR (bpm)", Signal.HR),
        ("HR [1/min]", Signal.HR),
        ("ECG HR(/min)", Signal.HR),
        ("NOM_ECG_CARD_BEAT_RATE", Signal.HR),
        ("PULSE", Signal.PR),
        ("Pulse Rate(bpm)", Signal.PR),
        ("pulse_rate", Signal.PR),
        ("PR beats/min", Signal.PR),
        ("Solar8000/PLETH_HR", Signal.PR),
        ("SpO2", Signal.SPO2),
        ("SpO₂ (%)", Signal.SPO2),
        ("spo2_pct", Signal.SPO2),
        ("Oxygen Level", Signal.SPO2),
        ("sao2", Signal.SPO2),
        ("PI", Signal.PI),
        ("Perfusion Index [%]", Signal.PI),
    ],
)
def test_a_signal_has_many_names(name: str, signal: Signal) -> None:
    header = read_header(f"time,{name}")
    assert header.signals == {signal: 1}
    assert header.unknown == ()


@pytest.mark.parametrize("names", NIBP_HEADERS)
def test_a_cuff_has_three_numbers_under_many_names(names: str) -> None:
    assert read_header(f"t,{names}").signals == {Signal.NIBP_SYS: 1, Signal.NIBP_DIA: 2, Signal.NIBP_MAP: 3}


@pytest.mark.parametrize(
    "name",
    ["ART_SBP", "ABP Sys", "SYS (ART)", "NIBP sys (kPa)", "HR_min", "HR max", "RESP", "BP", "Pulse (NIBP)", "TEMP", ""],
)
def test_a_name_is_never_guessed(name: str) -> None:
    assert read_header(f"time,{name},SpO2").unknown == (name,)


def test_no_name_stands_for_two_things() -> None:
    assert [
        name for name, count in Counter(name for names in ALIASES.values() for name in names).items() if count > 1
    ] == []


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("time", SECOND),
        ("Time [s]", SECOND),
        ("time_s", SECOND),
        ("Timestamp (ms)", 1000),
        ("t_min", 60 * SECOND),
        ("Date/Time", SECOND),
        ("Time (hh:mm:ss)", SECOND),
        ("# time", SECOND),
    ],
)
def test_the_name_of_the_time_column_tells_its_unit(name: str, unit: int) -> None:
    header = read_header(f"{name},HR")
    assert (header.time, header.time_unit) == (0, unit)


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("Time [s], HR, PULSE, RESP, SpO2", ","),
        ("Time;HR;SpO2 (%, fractional)", ";"),
        ("time\tHR\tSpO2", "\t"),
        ("Zeit;Puls;Sättigung;Bemerkung, frei", ";"),
        ('"time","HR, averaged","SpO2"', ","),
    ],
)
def test_the_delimiter_is_the_one_that_makes_sense_of_most_columns(line: str, delimiter: str) -> None:
    assert read_header(line).delimiter == delimiter


def test_of_two_columns_for_one_signal_the_first_counts() -> None:
    header = read_header("time,SpO2,HR,sat,timestamp")
    assert header.signals == {Signal.HR: 2, Signal.SPO2: 1}
    assert header.repeated == ("sat", "timestamp")


def test_signals_come_in_the_order_of_the_table_whatever_the_order_of_the_columns() -> None:
    assert list(read_header("t,PI,SpO2,PR,HR").signals) == [Signal.HR, Signal.PR, Signal.SPO2, Signal.PI]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("time,RESP,TEMP", "no known signal among 'time', 'RESP', 'TEMP'"),
        ("HR,SpO2", "no time column among 'HR', 'SpO2'"),
        ("0,80,97", "numbers, not names"),
        ("0,5;80;97", "numbers, not names"),
        ("2026-05-01T10:00:00,80,97", "numbers, not names"),
        ("\x89PNG", "not a text file"),
        ("T\0i\0m\0e\0,\0H\0R\0", "not a text file"),
        ("time,HR" + " " * 70_000, "not a text file"),
    ],
)
def test_a_header_that_cannot_be_used_is_explained_in_one_line(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        read_header(line)
    assert "\n" not in str(raised.value)


def test_a_table_of_a_thousand_strange_columns_is_not_listed_in_full() -> None:
    with pytest.raises(ValueError, match="no known signal") as raised:
        read_header(",".join(f"x{number}" for number in range(1000)))
    assert len(str(raised.value)) < 500
