"""The emulated cuffs byte by byte, as a public program for the real device would see them."""

import pytest

from ingest.emulators import Vitals
from ingest.emulators.cuff import Inflation, measured
from ingest.emulators.dinamap import Dinamap
from ingest.emulators.par_nibp import ParNibp
from ingest.emulators.suntech_nibp import SuntechNibp
from ingest.model import SECOND

SUNTECH_START = bytes.fromhex("3A 20 A6")
SUNTECH_RESULT = bytes.fromhex("3A 79 03 00 4A")


def t(seconds: float) -> int:
    return round(seconds * SECOND)


def test_the_cuff_goes_above_systolic_and_down_again() -> None:
    inflation = Inflation()
    inflation.start(t(10))
    pressures = [inflation.pressure(t(10 + second), Vitals(sys=120)) for second in (0, 4, 8, 21.5, 34)]
    assert pressures == [0, 80, 160, 100, 45]  # 160 - 120 * 13.5/27, and - 120 * 26/27 = 44.4, rounded up
    assert not inflation.ends(t(44))
    assert inflation.ends(t(45))
    assert not inflation.ends(t(46))
    assert inflation.pressure(t(46), Vitals()) == 0


def test_a_mean_that_is_missing_is_worked_out_and_a_missing_cuff_is_none() -> None:
    assert measured(Vitals(sys=120, dia=75, map=None)) == (120, 75, 90)
    assert measured(Vitals(dia=None)) is None


def test_suntech_takes_a_start_is_busy_and_completes() -> None:
    module = SuntechNibp(Vitals(sys=115, dia=74, map=88, pr=85))
    module.hear(SUNTECH_START[:1], 0)
    module.hear(SUNTECH_START[1:], 0)
    assert module.say(0) == bytes.fromhex("3E 04 4F 6F")
    module.hear(SUNTECH_START + SUNTECH_RESULT, t(1))
    assert module.say(t(1)) == 2 * bytes.fromhex("3E 04 42 7C")
    module.hear(bytes.fromhex("3A 79 05 00 48"), t(8))
    assert module.say(t(8)) == bytes.fromhex("3E 05 9B 00 22")  # 155 = 115 + 40
    assert module.say(t(34.9)) == b""
    assert module.say(t(35)) == bytes.fromhex("3E 04 4B 73")
    module.hear(SUNTECH_RESULT, t(36))
    # the captured result of DesktopFX, but for its test codes 31 07
    assert module.say(t(36)) == bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 00 00 55 00 58 00 00 00 00 21")


def test_suntech_aborts() -> None:
    module = SuntechNibp()
    module.hear(SUNTECH_START, 0)
    module.hear(bytes.fromhex("3A 79 01 00 4C") + SUNTECH_RESULT, t(10))
    said = module.say(t(10))
    assert said[:12] == bytes.fromhex("3E 04 4F 6F 3E 04 41 7D 3E 04 4B 73")
    assert said[12 + 20] == 86
    assert module.say(t(60)) == b""


@pytest.mark.parametrize(("words", "code"), [("cuff loose", 87), ("movement", 2), ("something new", 90)])
def test_suntech_fails_on_request(words: str, code: int) -> None:
    module = SuntechNibp()
    module.cuff_error = words
    module.hear(SUNTECH_START, 0)
    module.say(t(35))
    module.hear(SUNTECH_RESULT, t(36))
    result = module.say(t(36))
    assert (result[2:8], result[20]) == (bytes(6), code)


def test_par_starts_up_tells_its_pressure_four_times_a_second_and_ends() -> None:
    module = ParNibp()
    assert module.say(0).startswith(b"\x02S5;A0;C00;M00;P---------;R---;T    ;;")
    module.hear(b"\x0201;;D7\x03", t(1))
    said = [module.say(t(1 + twentieth / 20)) for twentieth in range(20)]
    assert [frame for frame in said if frame][:2] == [b"\x02000C0S3\x03\r", b"\x02005C0S3\x03\r"]  # 162 mmHg in 8 s
    assert sum(map(bool, said)) == 4
    assert module.say(t(36)).endswith(b"\x02999\x03\r")
    module.hear(b"\x0218;;DF\x03", t(37))
    assert module.say(t(37)).startswith(b"\x02S1;A0;C00;M00;P122077092;R075;T    ;;")


def test_par_leaves_old_pressures_beside_an_error() -> None:
    module = ParNibp(Vitals(sys=120, dia=78, map=90, pr=60))
    for error in (None, "leak"):
        module.cuff_error = error
        module.hear(b"\x0201;;D7\x03", 0)
        module.say(t(35))
    module.hear(b"\x0218;;DF\x03", t(36))
    assert module.say(t(36)) == b"\x02S2;A0;C00;M07;P120078090;R060;T    ;;FC\x03\r"  # as in the document


def test_par_aborts_at_the_bare_letter() -> None:
    module = ParNibp()
    module.say(0)
    module.hear(b"\x0201;;D7\x03X\x0218;;DF\x03", 0)
    end, status = module.say(0).split(b"\r")[:2]
    assert end == b"\x02999\x03"
    assert status.startswith(b"\x02S1;A0;C00;M00;P---------;R---")


def test_dinamap_answers_what_it_is_asked() -> None:
    monitor = Dinamap(Vitals(spo2=97, pr=72))
    monitor.hear(b" OA!3\r RA!6\r\n NA!2\r XX!!\r", 0)
    # 1+48+34+18+26+24+23 = 174 = 2 * 64 + 46 is the check of the second
    assert monitor.say(0).split(b"\r")[:2] == [b' OA1097"H', b' RA2072"E']
    monitor.vitals = Vitals(spo2=None, pr=None)
    monitor.hear(b" OA!3\r RA!6\r", 0)
    assert monitor.say(0).split(b"\r")[:2] == [b' OA0000"7', b' RA0000":']


def test_dinamap_counts_the_age_of_a_determination() -> None:
    monitor = Dinamap()
    ages = []
    monitor.hear(b" NC0!E\r", 0)
    for second in (34, 35, 36, 135):
        monitor.say(t(second))
        monitor.hear(b" NA!2\r", t(second))
        ages.append(monitor.say(t(second))[3:10].decode())
    assert ages == ["0009999", "1000000", "1000001", "1000100"]


@pytest.mark.parametrize("device", [SuntechNibp, ParNibp, Dinamap])
def test_noise_is_passed_over(device: type[SuntechNibp] | type[ParNibp] | type[Dinamap]) -> None:
    module = device()
    module.say(0)
    module.hear(bytes(range(0x60, 0x100)) * 10, 0)
    assert module.say(t(60)) == b""
