"""The web application of one session: the bedside screen, its live socket, the guard in front."""

from collections.abc import Callable

from dash.development.base_component import Component

from alerts.model import Side
from alerts.rules import Profile
from dashboard import clicks
from dashboard.feed import ExplainingFeed, Session
from dashboard.figures import trend_figure
from dashboard.guard import Guard
from dashboard.live import Broadcast, mount
from dashboard.screens import bedside
from dashboard.web import create_app, guarded
from ingest.model import Signal

_CHARTS = {"hr": Signal.HR, "spo2": Signal.SPO2, "nibp": Signal.NIBP_SYS}


def build(
    feed: ExplainingFeed,
    session: Session,
    hosts: tuple[str, ...],
    port: int,
    heard: Callable[[], object] = lambda: None,
) -> Guard:
    """An ASGI application to be served on `port` under any of `hosts`; `heard` is called while a screen has sound."""
    app = create_app()
    app.layout = lambda: _page(session)
    clicks.register(app, feed)
    mount(app.server, Broadcast(feed, session, heard))
    return guarded(app, hosts, port)


def _page(session: Session) -> Component:
    return bedside.layout(trend_figure(chart_limits(session.profile)), session.bed)


def chart_limits(profile: Profile) -> dict[str, tuple[float, ...]]:
    """The shown limits of each chart, lowest first."""
    shown = {chart: profile.shown_limits(signal) for chart, signal in _CHARTS.items()}
    return {chart: tuple(sorted(limits[side] for side in Side if side in limits)) for chart, limits in shown.items()}
