"""The whole stack, guard and Dash and uvicorn, from the wire; and what people are told when it cannot be served."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPResponse
from pathlib import Path

import pytest
from dash import Dash, Input, Output, html
from fastapi import WebSocket
from starlette.types import Receive, Scope, Send

from dashboard import web
from dashboard.guard import Guard

KIB = 1024
EVIL = "evil.example"
JSON = "Content-Type: application/json"
CALLBACK = "/_dash-update-component"


class Wire:
    """A client that says exactly what it is told to the server on one port of this computer."""

    def __init__(self, port: int) -> None:
        self.own = f"localhost:{port}"
        self.origin = f"Origin: http://{self.own}"
        self.evil = f"{EVIL}:{port}"
        self._address = ("127.0.0.1", port)

    @contextmanager
    def say(self, *lines: str, body: bytes = b"") -> Iterator[tuple[HTTPResponse, socket.socket]]:
        """A request as these lines; the answer, and the connection it came on."""
        with socket.create_connection(self._address, timeout=10) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            with HTTPResponse(client) as answer:
                answer.begin()
                yield answer, client

    def get(self, path: str, *fields: str, host: str | None = None) -> HTTPResponse:
        """The answer to a GET, read to its end."""
        with self.say(f"GET {path} HTTP/1.1", f"Host: {host or self.own}", "Connection: close", *fields) as (answer, _):
            answer.read()
            return answer

    def post(self, *fields: str, body: bytes = b"{}") -> int:
        """The status of a callback's request."""
        start = (f"POST {CALLBACK} HTTP/1.1", f"Host: {self.own}", "Connection: close")
        with self.say(*start, *fields, body=body) as (answer, _):
            return answer.status

    def handshake(self, path: str, host: str, *fields: str) -> tuple[str, ...]:
        upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        return (f"GET {path} HTTP/1.1", f"Host: {host}", *upgrade, key, *fields)

    def knock(self, path: str, host: str, *fields: str) -> int:
        """The status a socket's handshake is answered with."""
        with self.say(*self.handshake(path, host, *fields)) as (answer, _):
            return answer.status


def application(assets: Path) -> Dash:
    """A page with a callback that works, one that fails, an inline script and a live socket."""
    app = web.create_app(assets)
    app.layout = html.Div([html.Button(id="acknowledge"), html.P(id="said"), html.P(id="failed")])

    @app.callback(Output("said", "children"), Input("acknowledge", "n_clicks"))
    def says(clicks: int) -> str:
        return f"{clicks} acknowledged"

    @app.callback(Output("failed", "children"), Input("acknowledge", "n_clicks"))
    def fails(clicks: int) -> str:
        raise RuntimeError("the reason is for the log alone")

    title = Output("acknowledge", "title")
    app.clientside_callback("n => n", title, Input("acknowledge", "n_clicks"))  # type: ignore[no-untyped-call]

    async def live(screen: WebSocket) -> None:
        await screen.accept()
        await screen.send_text("hello")
        async for _ in screen.iter_text():
            pass

    app.server.add_api_websocket_route("/live", live)
    return app


def clicked(output: str) -> bytes:
    """What Dash's page sends when somebody clicks the button."""
    return json.dumps(
        {
            "output": f"{output}.children",
            "outputs": {"id": output, "property": "children"},
            "inputs": [{"id": "acknowledge", "property": "n_clicks", "value": 1}],
            "changedPropIds": ["acknowledge.n_clicks"],
        }
    ).encode()


def length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


@contextmanager
def running(build: Callable[[int], Guard]) -> Iterator[Wire]:
    """A server that really runs, with what is built for its port; a client of it."""
    listener = web.bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = web.server(build(port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Wire(port)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """A client of the whole stack."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "live.js").write_text("'use strict'", "utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DASH_MCP_ENABLED", "true")  # must make no difference
        app = application(assets)
    with running(partial(web.guarded, app, web.allowed_hosts("127.0.0.1"))) as wire:
        yield wire


# The page


def test_the_page_is_ours(wire: Wire) -> None:
    with wire.say("GET / HTTP/1.1", f"Host: {wire.own}") as (answer, _):
        page = answer.read().decode()
    assert answer.status == 200
    assert "<title>Dripwatch</title>" in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert '"update_title":""' in page  # a click does not flicker in the title
    assert "http://" not in page
    assert "https://" not in page.replace("https://dash-version.plotly.com:8080", "")  # asked by dev tools only


def test_its_scripts_are_files_or_have_a_hash(wire: Wire) -> None:
    policy = wire.get("/").headers["content-security-policy"]
    scripts = next(part.split()[1:] for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts[0] == "'self'"
    assert len(scripts) == 3  # the clientside callback, and the line that starts Dash's renderer
    assert all(script.startswith("'sha256-") for script in scripts[1:])
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/live.js", "/nowhere", "/assets/nowhere.js"])
def test_every_answer_has_the_security_headers(wire: Wire, path: str) -> None:
    said = wire.get(path).headers
    assert said["x-content-type-options"] == "nosniff"
    assert said["x-frame-options"] == "DENY"
    assert said["content-security-policy"]
    assert said["server"] is None


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/_mcp", "/nowhere", "/assets/../web.py"])
def test_what_we_do_not_use_is_not_there(wire: Wire, path: str) -> None:
    assert wire.get(path).status == 404


def test_pages_are_never_cached_and_large_answers_are_compressed(wire: Wire) -> None:
    page = wire.get("/", "Accept-Encoding: gzip").headers
    assert (page["cache-control"], page["content-encoding"]) == ("no-store", "gzip")
    assert wire.get("/assets/live.js").headers["cache-control"] == "no-cache"


# Names and origins


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/_dash-dependencies", "/assets/live.js"])
def test_under_another_name_nothing_is_there(wire: Wire, path: str) -> None:
    assert wire.get(path, host=wire.evil).status == 421
    assert wire.get(path, host="localhost").status == 421


@pytest.mark.parametrize("hosts", [(), ("Host: localhost", "Host: localhost")])
def test_no_name_or_two_is_no_request(wire: Wire, hosts: tuple[str, ...]) -> None:
    with wire.say("GET / HTTP/1.1", *hosts) as (answer, _):
        assert answer.status == 400  # uvicorn's own


def test_no_name_is_refused_to_an_old_client_too(wire: Wire) -> None:
    with wire.say("GET / HTTP/1.0") as (answer, _):
        assert answer.status == 421


def test_a_name_in_the_request_line_does_not_count(wire: Wire) -> None:
    assert wire.get(f"http://{wire.own}/", host=wire.evil).status == 421


@pytest.mark.parametrize("origin", [f"http://{EVIL}", "null", "http://localhost:3000"])
def test_another_origin_gets_nothing(wire: Wire, origin: str) -> None:
    body = clicked("said")
    assert wire.get("/", f"Origin: {origin}").status == 403
    assert wire.get("/_dash-layout", f"Origin: {origin}").status == 403
    assert wire.post(JSON, length(body), f"Origin: {origin}", body=body) == 403
    assert wire.post("Content-Type: text/plain", length(body), f"Origin: {origin}", body=body) == 403
    assert wire.knock("/live", wire.own, f"Origin: {origin}") == 403


def test_dns_rebinding_opens_no_socket(wire: Wire) -> None:
    """Bare Dash answers 101 here."""
    for path in ("/live", "/_dash-ws-callback"):
        assert wire.knock(path, wire.evil, f"Origin: http://{wire.evil}") == 403


def test_a_socket_needs_an_origin(wire: Wire) -> None:
    assert wire.knock("/live", wire.own) == 403


def test_dashs_own_socket_is_not_there_even_for_us(wire: Wire) -> None:
    assert wire.knock("/_dash-ws-callback", wire.own, wire.origin) == 403


# Callbacks


def test_a_click_of_ours_is_answered(wire: Wire) -> None:
    body = clicked("said")
    start = (f"POST {CALLBACK} HTTP/1.1", f"Host: {wire.own}", wire.origin, JSON, length(body))
    with wire.say(*start, body=body) as (answer, _):
        assert json.loads(answer.read())["response"] == {"said": {"children": "1 acknowledged"}}
    assert answer.headers["cache-control"] == "no-store"


def test_a_callback_that_fails_is_reported_here_and_not_there(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    body = clicked("failed")
    start = (f"POST {CALLBACK} HTTP/1.1", f"Host: {wire.own}", wire.origin, JSON, length(body))
    with wire.say(*start, body=body) as (answer, _):
        assert answer.status == 500
        assert b"reason" not in answer.read()
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "RuntimeError: the reason is for the log alone" in caplog.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_a_click(wire: Wire, kind: str) -> None:
    assert wire.post(f"Content-Type: {kind}", "Content-Length: 2", wire.origin) == 415


def test_32_mib_are_refused_before_one_byte_is_sent(wire: Wire) -> None:
    assert wire.post(JSON, wire.origin, f"Content-Length: {32 * KIB * KIB}", body=b"") == 413
    assert wire.post(JSON, wire.origin, f"Content-Length: {32 * KIB * KIB}", "Expect: 100-continue", body=b"") == 413


def test_a_chunked_body_is_cut_off_at_256_kib(wire: Wire) -> None:
    """One byte too many, and the last chunk never comes: the server must not wait for it."""
    chunk = b"10000\r\n" + bytes(64 * KIB) + b"\r\n"
    assert wire.post(JSON, wire.origin, "Transfer-Encoding: chunked", body=chunk * 4 + b"1\r\nx\r\n") == 413


def test_two_lengths_are_no_request(wire: Wire) -> None:
    assert wire.post(JSON, wire.origin, "Content-Length: 2", "Content-Length: 300000") == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(wire: Wire, method: str) -> None:
    with wire.say(f"{method} / HTTP/1.1", f"Host: {wire.own}", wire.origin) as (answer, _):
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


# The live socket


def test_our_own_page_has_its_socket(wire: Wire) -> None:
    offer = "Sec-WebSocket-Extensions: permessage-deflate"
    with wire.say(*wire.handshake("/live", wire.own, wire.origin, offer)) as (answer, _):
        assert answer.status == 101
        assert answer.headers["server"] is None
        assert answer.headers["sec-websocket-extensions"] is None  # nobody sends us a bomb to unpack
        assert answer.fp.read(7) == b"\x81\x05hello"


def test_a_screen_sends_no_long_messages(wire: Wire) -> None:
    """17 KiB of text, masked with zeros: answered by close frame 1009, message too big."""
    size = 17 * KIB
    with wire.say(*wire.handshake("/live", wire.own, wire.origin)) as (answer, client):
        client.sendall(b"\x81\xfe" + size.to_bytes(2, "big") + bytes(4) + b"x" * size)
        assert answer.fp.read(7) == b"\x81\x05hello"
        assert answer.fp.read(4)[2:] == (1009).to_bytes(2, "big")


async def stays(scope: Scope, receive: Receive, send: Send) -> None:
    """An application of nothing but sockets that stay open until the screen goes."""
    if scope["type"] == "lifespan":
        for _ in ("startup", "shutdown"):
            await send({"type": (await receive())["type"] + ".complete"})
    else:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass


def test_twenty_sockets_and_a_place_again_when_one_leaves() -> None:
    with running(lambda port: Guard(stays, ["localhost"], port, "")) as wire, ExitStack() as screens:
        knock = partial(wire.knock, "/live", wire.own, wire.origin)
        handshake = wire.handshake("/live", wire.own, wire.origin)
        assert [screens.enter_context(wire.say(*handshake))[0].status for _ in range(19)] == [101] * 19
        with wire.say(*handshake) as (twentieth, _):
            assert twentieth.status == 101
            assert knock() == 403
            assert knock("X-Forwarded-For: 192.0.2.1") == 403  # who says so may say anything
        assert any(knock() == 101 for _ in range(1000))


# Where it is served


def test_a_port_in_use_is_one_line() -> None:
    with web.bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(web.ServeError) as error:
            web.bind("127.0.0.1", port)
    assert str(error.value) == (
        f"cannot serve the page on 127.0.0.1 port {port}: "
        "the port is in use; choose another with --port, or stop the program that has it"
    )


@pytest.mark.parametrize(
    ("host", "port", "why"),
    [
        ("192.0.2.1", 0, "this computer has no such address; choose another with --host"),  # for documentation only
        ("2001:db8::1", 0, "this computer has no such address; choose another with --host"),
        ("::nonsense", 0, "this computer has no such address; choose another with --host"),
    ],
)
def test_an_address_that_cannot_be_had_is_one_line(host: str, port: int, why: str) -> None:
    with pytest.raises(web.ServeError) as error:
        web.bind(host, port)
    assert str(error.value) == f"cannot serve the page on {host} port {port}: {why}"


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_one_line(port: int) -> None:
    with pytest.raises(web.ServeError, match=f"--port {port}: a port is a number up to 65535"):
        web.bind("127.0.0.1", port)


def test_ipv6_may_be_written_either_way() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    for host in ("::1", "[::1]"):
        web.bind(host, 0).close()


# Under which names


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_on_loopback_the_page_has_the_names_of_loopback(host: str) -> None:
    hosts = web.allowed_hosts(host)
    assert hosts == ("localhost", "127.0.0.1", "[::1]")
    assert web.warning(hosts) is None


def test_another_loopback_address_is_a_name_too() -> None:
    hosts = web.allowed_hosts("127.0.0.2")
    assert hosts[-1] == "127.0.0.2"
    assert web.warning(hosts) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7", "bed-3.ward", "::ffff:127.0.0.1"])  # noqa: S104
def test_for_other_computers_a_name_must_be_given(host: str) -> None:
    with pytest.raises(web.ServeError, match="say by which name with --allow-host NAME"):
        web.allowed_hosts(host)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Bed-3.Ward", "bed-3.ward"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0::7", "[2001:db8::7]"),
        ("[2001:db8::7]", "[2001:db8::7]"),
        ("bed_3", "bed_3"),
    ],
)
def test_a_given_name_is_added_and_people_are_warned(given: str, name: str) -> None:
    hosts = web.allowed_hosts("0.0.0.0", [given])  # noqa: S104
    assert hosts == ("localhost", "127.0.0.1", "[::1]", name)
    assert web.warning(hosts) == "everybody who reaches this page can silence alarms: there are no accounts yet"


@pytest.mark.parametrize(
    "name", ["http://bed-3", "bed-3:8050", "192.0.2.7:8050", "*", "*.ward", "bed 3", "", "-", "bed-3/", "b\xe9d"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(web.ServeError, match="give a bare name or address"):
        web.allowed_hosts("127.0.0.1", [name])


# When it stops

PROGRAM = """
from dashboard import web
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": (await receive())["type"] + ".complete"})
    else:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect": pass
listener = web.bind("127.0.0.1", 0)
port = listener.getsockname()[1]
print(port, flush=True)
web.serve(web.Guard(app, ["localhost"], port, ""), listener)
print("the session is ended in order")
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_serving_and_not_the_program(stop: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        wire = Wire(int(program.stdout.readline()))
        with wire.say(*wire.handshake("/live", wire.own, wire.origin)) as (answer, _):
            assert answer.status == 101
            program.send_signal(stop)
            said, complained = program.communicate(timeout=20)
    assert (said, complained, program.returncode) == ("the session is ended in order\n", "", 0)
