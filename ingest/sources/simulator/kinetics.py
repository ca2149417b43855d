"""How much ketamine reaches the effect site during 0.5 mg/kg over 40 minutes into a vein.

Three compartments and an effect site are linear, so the answer is closed: with the matrix K taken apart into its
eigenvalues, an infusion begun at 0 and never stopped gives W (exp(lambda t) - 1)/lambda W^-1 b, and one stopped at
40 min is that minus the same 40 min later. Nothing is stepped, so no step size can be wrong.

Rate constants and V1: Domino 1982/84, racemate. The effect site's half-life of 8 min and the one dose: our choice.
For training and demonstration, never for dosing.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

INFUSION = 40.0
"""Length of the infusion, minutes."""

_V1 = 63.0  # mL/kg
_RATE = 0.5e6 / INFUSION / _V1  # ng/mL a minute into the central compartment
_K10, _K12, _K13, _K21, _K31 = 0.4381, 0.5921, 0.5900, 0.2470, 0.0146  # 1/min
_KE0 = log(2) / 8.0  # 1/min


def effect_site(minutes: Floats) -> Floats:
    """Effect-site concentration in ng/mL at these minutes since the start of the infusion, same shape."""
    return _begun(minutes) - _begun(minutes - INFUSION)


def _begun(minutes: Floats) -> Floats:
    """The same for an infusion that begins at minute 0 and goes on for ever; 0 before that."""
    k = np.array(
        [
            [-_K10 - _K12 - _K13, _K21, _K31, 0.0],
            [_K12, -_K21, 0.0, 0.0],
            [_K13, 0.0, -_K31, 0.0],
            [_KE0, 0.0, 0.0, -_KE0],
        ]
    )
    rates, modes = np.linalg.eig(k)
    shares = np.linalg.solve(modes, np.array([_RATE, 0.0, 0.0, 0.0]))
    weights: Floats = modes[3] * shares / rates
    elapsed = np.maximum(minutes, 0.0)[..., np.newaxis]
    return np.asarray(np.expm1(rates * elapsed) @ weights, dtype=np.float64)
