"""The effect site follows the curve that the project's parameters were checked against."""

import numpy as np
import pytest

from ingest.sources.simulator.kinetics import effect_site

# minutes: ng/mL, 0.5 mg/kg over 40 min (Domino, ke0 half-life 8 min), given to the whole ng/mL
CHECKED = {5: 44, 10: 89, 20: 153, 30: 192, 40: 216, 45: 182, 60: 96, 120: 39, 240: 19}


@pytest.mark.parametrize(("minute", "expected"), CHECKED.items())
def test_the_effect_site_has_the_checked_concentration(minute: float, expected: float) -> None:
    assert effect_site(np.array([float(minute)]))[0] == pytest.approx(expected, abs=0.6)


def test_nothing_is_there_before_the_infusion() -> None:
    assert effect_site(np.array([-5.0, 0.0])).tolist() == [0.0, 0.0]


def test_it_rises_to_the_end_of_the_infusion_and_falls_from_there() -> None:
    curve = effect_site(np.arange(0.0, 240.0))
    peak = int(curve.argmax())
    assert peak in {40, 41}  # the effect site lags the plasma
    assert (np.diff(curve[: peak + 1]) > 0).all()
    assert (np.diff(curve[peak:]) < 0).all()
