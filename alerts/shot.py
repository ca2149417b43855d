"""The engine's part of a snapshot."""

from types import MappingProxyType

from alerts.engine import Engine
from alerts.orders import CuffOrders
from alerts.snapshot import Cuff, Sample, Snapshot
from ingest.model import CONTINUOUS


def shot(engine: Engine) -> Snapshot:
    """What the engine holds true now; what only the station knows is left out."""
    expected = [signal for signal in CONTINUOUS if engine.is_expected(signal)]
    return Snapshot(
        t=engine.now,
        phase=engine.phase,
        samples=MappingProxyType(
            {signal: Sample(*engine.value(signal), engine.vitals.owner(signal)) for signal in expected}
        ),
        rate=engine.rate,
        has_nibp=engine.pressure.is_measured,
        nibp=engine.nibp,
        nibp_failed=engine.pressure.failed,
        cuff=_cuff(engine.orders),
        verify=engine.pressure.verify,
        profile=engine.profile,
        baseline=MappingProxyType(dict(engine.baseline.values)),
        gates=tuple(engine.unmet_gates),
        rules_off=engine.rules_off,
        inhibited_until=engine.vitals.inhibition.until,
        occurrences=engine.occurrences,
        paused_until=engine.board.paused_until,
        rejected=engine.rejected,
    )


def _cuff(orders: CuffOrders) -> Cuff | None:
    if orders.source is None:
        return None
    return Cuff(orders.source, orders.is_connected, orders.is_measuring, orders.interval, orders.next_at)
