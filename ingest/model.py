"""What enters Dripwatch: signals, observations, cuff readings, device states and the passing of time.

Every reading carries its own time `t`: whole microseconds since the session began, on the
session's clock, which never runs backwards (docs/decisions/0002-time-is-whole-microseconds.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

SECOND = 1_000_000
"""Microseconds in a second: the unit of every `t`."""


def micros(seconds: float) -> int:
    """Seconds as whole microseconds, rounded to the nearest."""
    return round(seconds * SECOND)


class Signal(StrEnum):
    """A physiological signal; the value is its name in files, records and on the command line."""

    HR = "hr"
    PR = "pr"
    SPO2 = "spo2"
    NIBP_SYS = "nibp_sys"
    NIBP_DIA = "nibp_dia"
    NIBP_MAP = "nibp_map"
    PI = "pi"
    PLETH = "pleth"
    RR = "rr"
    ETCO2 = "etco2"


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """Nomenclature of a signal and the range outside which a number is not a value.

    `mdc` is the ISO/IEEE 11073-10101 context-free code (partition * 65536 + term code), `mdc_name`
    its reference identifier, `unit` what the screen shows, `ucum` its UCUM code, `loinc` its LOINC
    code or None. `low` and `high` are the physical range, both allowed (rules.md section 2.4).
    """

    mdc: int
    mdc_name: str
    title: str
    unit: str
    ucum: str
    loinc: str | None
    low: float
    high: float


SIGNALS: Mapping[Signal, SignalInfo] = MappingProxyType(
    {
        Signal.HR: SignalInfo(147842, "MDC_ECG_HEART_RATE", "HR", "bpm", "/min", "8867-4", 1, 300),
        Signal.PR: SignalInfo(149530, "MDC_PULS_OXIM_PULS_RATE", "PR", "bpm", "/min", "8889-8", 1, 300),
        Signal.SPO2: SignalInfo(150456, "MDC_PULS_OXIM_SAT_O2", "SpO2", "%", "%", "59408-5", 1, 100),
        Signal.NIBP_SYS: SignalInfo(150021, "MDC_PRESS_BLD_NONINV_SYS", "SBP", "mmHg", "mm[Hg]", "8480-6", 1, 300),
        Signal.NIBP_DIA: SignalInfo(150022, "MDC_PRESS_BLD_NONINV_DIA", "DBP", "mmHg", "mm[Hg]", "8462-4", 1, 300),
        Signal.NIBP_MAP: SignalInfo(150023, "MDC_PRESS_BLD_NONINV_MEAN", "MAP", "mmHg", "mm[Hg]", "8478-0", 1, 300),
        Signal.PI: SignalInfo(150488, "MDC_PULS_OXIM_PERF_REL", "PI", "%", "%", "61006-3", 0, 100),
        Signal.PLETH: SignalInfo(150452, "MDC_PULS_OXIM_PLETH", "Pleth", "", "1", None, float("-inf"), float("inf")),
        Signal.RR: SignalInfo(151562, "MDC_RESP_RATE", "RR", "/min", "/min", "9279-1", 0, 200),
        Signal.ETCO2: SignalInfo(151708, "MDC_AWAY_CO2_ET", "EtCO2", "mmHg", "mm[Hg]", "19891-1", 0, 150),
    }
)

CONTINUOUS = frozenset({Signal.HR, Signal.PR, Signal.SPO2, Signal.PI, Signal.RR, Signal.ETCO2})
"""Signals that arrive again and again and are held between samples; NIBP is episodic."""

NIBP = frozenset({Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MAP})
"""The three numbers of one cuff reading."""


class DeviceState(StrEnum):
    """What a source says of itself."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    ENDED = "ended"
    """A recording or simulation that has been played to its end."""


class Condition(StrEnum):
    """A technical state of a device, in the words the screen shows; never a number."""

    NO_SENSOR = "sensor not connected"
    PROBE_OFF = "probe off"
    SEARCHING = "searching for pulse"
    ARTEFACT = "artefact"
    LOW_PERFUSION = "low perfusion"
    LOW_SIGNAL = "weak signal"
    INTERFERENCE = "interference"
    SENSOR_FAULT = "sensor fault"
    NO_BREATH = "no breath detected"
    LOW_BATTERY = "battery low"
    MEASURING = "measuring"
    """A cuff is taking a blood pressure."""


@dataclass(frozen=True, slots=True)
class DeviceConfiguration:
    """What a source will send; the first reading of every source.

    `interval` is the declared time between two samples of a continuous signal, in microseconds.
    `controls_cuff`: it measures NIBP when told, and by itself every `nibp_interval` microseconds (None: when told).
    """

    t: int
    source: str
    signals: frozenset[Signal]
    interval: int = SECOND
    controls_cuff: bool = False
    nibp_interval: int | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One sample of a continuous signal. `value` None: the device was asked and had no reading."""

    t: int
    source: str
    signal: Signal
    value: float | None


@dataclass(frozen=True, slots=True)
class NibpReading:
    """One cuff measurement, in mmHg; `t` is when it was taken.

    A number the device did not give is None; `error` says why a measurement failed.
    """

    t: int
    source: str
    sys: float | None
    dia: float | None
    map: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A change in the state of a source, with a few words of detail for people.

    `conditions` are all its technical states from now on: an empty set ends the earlier ones.
    """

    t: int
    source: str
    state: DeviceState
    detail: str = ""
    conditions: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True)
class Waveform:
    """A stretch of a sampled signal, in the device's own units: `values` at `fs` Hz, the first at `t`."""

    t: int
    source: str
    signal: Signal
    fs: float
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RawBytes:
    """What came over a line, exactly, as it was read at `t`: recorded, so that it can be decoded again."""

    t: int
    source: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SentBytes:
    """What a decoder had sent to its device at `t`: recorded, because an answer means what was asked."""

    t: int
    source: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed and nothing else happened."""

    t: int


Reading = DeviceConfiguration | Observation | NibpReading | DeviceStatus | Waveform | RawBytes | SentBytes | Tick
"""Everything a source can say."""
