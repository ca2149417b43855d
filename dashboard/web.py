"""The web server around the screens: Dash with nothing on it that is not used, behind the guard, on a socket.

Only plumbing: the screens put the layout, the callbacks and the live socket on what `create_app` gives.
The composition root then calls `bind`, `guarded` and `serve`, in that order.
"""

import errno
import ipaddress
import logging
import re
import signal
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn
from dash import Dash
from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI
from starlette.types import ASGIApp

from dashboard.guard import Guard

ASSETS = Path(__file__).with_name("assets")

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""The names of this computer for itself, as a browser writes them."""

EXPOSED = "everybody who reaches this page can silence alarms: there are no accounts yet"

# A script is a file of ours or has one of the hashes; none is inline and none is evaluated from text. Styles cannot be
# as strict: Dash's renderer, its components and plotly.js write <style> elements of their own.
POLICY = (
    "default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; media-src 'self' data: blob:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; manifest-src 'self'"
)

_log = logging.getLogger(__name__)


class ServeError(Exception):
    """The page cannot be served: one line that says what, where, and what to do."""


class _Bare(FastAPIDashServer):
    """Dash's FastAPI server without what we do not use, each one more thing to attack.

    No documentation pages, no callbacks over Dash's own socket; and an unknown path is 404, where
    Dash answers any path with the page (from the ASGI lifespan on, so a test without one is fooled).
    """

    websocket_capability = False

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        return FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def _setup_catchall(self) -> None:
        pass


def create_app(assets: Path = ASSETS) -> Dash:
    """A Dash application without layout or callbacks; its `server` is a FastAPI for routes of our own."""
    return Dash(
        __name__,
        backend=_Bare,
        assets_folder=str(assets),
        use_pages=False,
        compress=True,
        serve_locally=True,
        title="Dripwatch",
        update_title="",
        enable_mcp=False,
        on_error=_report,
    )


def _report(error: Exception) -> NoReturn:
    """Dash answers a callback that failed with a bare 500 and tells nobody; say it on standard error too."""
    _log.error("a callback failed", exc_info=error)
    raise error


def guarded(app: Dash, hosts: Iterable[str], port: int) -> Guard:
    """What to serve. Call it after the last callback: their inline scripts are allowed by hash."""
    return Guard(app.server, hosts, port, POLICY.format(hashes=" ".join(app.csp_hashes())))


def allowed_hosts(host: str, allow_host: Iterable[str] = ()) -> tuple[str, ...]:
    """The names a browser may use for us when we listen on `host` and were given each --allow-host.

    Raises ServeError for what cannot be a name, and for a `host` that other computers can reach while
    nobody has said by which name: any we believed could be one an attacker chose.
    """
    names = [_as_in_url(name) for name in allow_host]
    if _is_loopback(host):
        names.append(_as_in_url(host))
    elif not names:
        raise ServeError(f"--host {host} can be reached from other computers: say by which name with --allow-host NAME")
    return tuple(dict.fromkeys([*LOOPBACK, *names]))


def warning(hosts: Iterable[str]) -> str | None:
    """What people must be told before a page with these names is served."""
    return None if all(map(_is_loopback, hosts)) else EXPOSED


def _as_in_url(name: str) -> str:
    """A host name as a browser writes it between http:// and the port."""
    name = name.lower()
    with suppress(ValueError):
        address = ipaddress.ip_address(name.strip("[]"))
        return f"[{address}]" if address.version == 6 else str(address)
    if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", name):
        raise ServeError(f"--allow-host {name}: give a bare name or address, without http:// and without a port")
    return name


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return host.lower() == "localhost"


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, so that whatever is wrong with an address is known before anything starts.

    Port 0 takes a free one: `bind(...).getsockname()[1]`. A browser may connect from now on; it waits
    for `serve`. Raises ServeError.
    """
    if port not in range(65536):
        raise ServeError(f"--port {port}: a port is a number up to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        raise ServeError(f"cannot serve the page on {host} port {port}: {_why(error)}") from None


def _why(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "the port is in use; choose another with --port, or stop the program that has it"
        case errno.EADDRNOTAVAIL | socket.EAI_NONAME:
            return "this computer has no such address; choose another with --host"
        case errno.EACCES:
            return "not permitted; choose a port above 1023 with --port"
        case _:
            return str(error)


class _Server(uvicorn.Server):
    """Ends in order however often it is asked: a second Ctrl-C is no traceback."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True


def server(asgi: ASGIApp) -> uvicorn.Server:
    """The server, not yet running: one process, one loop, quiet.

    No forwarded address is believed (sockets are counted by address), a client's socket messages have
    at most 16 KiB, and a shutdown waits 3 s for open connections.
    """
    config = uvicorn.Config(
        asgi,
        http="h11",
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,
        timeout_graceful_shutdown=3,
    )
    return _Server(config)


def serve(asgi: ASGIApp, listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, then return, so that the caller ends its session in order. Main thread only.

    uvicorn stops in order but then raises the signal again, and SIGTERM would end the process there.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            server(asgi).run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)
