"""The guard alone, driven in ASGI: what it refuses, what it lets through, and what it says with every answer."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.guard import Guard

PORT = 8050
OWN = "localhost:8050"
CALLBACK = "/_dash-update-component"
LIVE = "/live"
POLICY = "default-src 'none'"
JSON = ("content-type", "application/json")
KIB = 1024

Fields = Sequence[tuple[str, str]]


@dataclass
class App:
    """What stands behind the guard: remembers what reaches it and answers `said` with 200."""

    said: Fields = ()
    seen: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope.get("path", scope["type"]))
        match scope["type"]:
            case "http":
                self.bodies.append((await receive())["body"])
                await send({"type": "http.response.start", "status": 200, "headers": raw(self.said)})
                await send({"type": "http.response.body", "body": b"hello"})
            case "websocket":
                await send({"type": "websocket.accept"})


@dataclass
class Answer:
    """What came back, and how many bytes of the body had been taken by then."""

    status: int
    fields: list[tuple[str, str]]
    text: str
    taken: int

    def __getitem__(self, name: str) -> str:
        (value,) = (value for key, value in self.fields if key == name)  # each of ours once
        return value


def raw(fields: Fields) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in fields]


def guard(app: ASGIApp | None = None, port: int = PORT) -> Guard:
    return Guard(app or App(), ["localhost", "127.0.0.1", "[::1]"], port, POLICY)


def ask(
    guard: Guard,
    method: str = "GET",
    path: str = "/",
    fields: Fields = (("host", OWN),),
    body: Iterable[bytes] = (b"",),
) -> Answer:
    """One request to the guard. `body` comes in pieces, the empty one last; without that one the client breaks off."""
    pieces = iter(body)
    sent: list[Message] = []
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        piece = next(pieces, None)
        if piece is None:
            return {"type": "http.disconnect"}
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": raw(fields)}
    asyncio.run(guard(scope, receive, send))
    start, *rest = sent
    said = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Answer(start["status"], said, b"".join(part["body"] for part in rest).decode(), taken)


def post(guard: Guard, *fields: tuple[str, str], body: Iterable[bytes] = (b"{}", b"")) -> Answer:
    return ask(guard, "POST", CALLBACK, [("host", OWN), *fields], body)


def knock(guard: Guard, *fields: tuple[str, str], path: str = LIVE) -> Message:
    """The first thing the guard or the application says to a socket's handshake."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": path, "headers": raw(fields), "client": ("192.0.2.1", 50000)}
    asyncio.run(guard(scope, receive, send))
    return sent[0]


ACCEPTED = "websocket.accept"
REFUSED = "websocket.close"  # before the handshake: on the wire it is a 403

# Names


@pytest.mark.parametrize("host", ["localhost:8050", "LocalHost:8050", "127.0.0.1:8050", "[::1]:8050"])
def test_the_page_answers_to_its_own_names(host: str) -> None:
    app = App()
    assert ask(guard(app), fields=[("host", host)]).status == 200
    assert knock(guard(app), ("host", host), ("origin", f"http://{host}"))["type"] == ACCEPTED
    assert app.seen == ["/", LIVE]


NOT_OURS = [
    *("", "localhost", "localhost:", "localhost:80", "localhost:8051", "localhost:08050", "localhost.:8050"),
    *("evil.example", "evil.example:8050", "localhost.evil.example:8050", "localhost:8050.evil.example"),
    *("localhost:8050@evil.example", "evil@localhost:8050", "localhost:8050, evil.example", "l\xf6calhost:8050"),
    *("::1:8050", "[::1%25lo]:8050", "127.0.0.1.evil.example:8050", "127.1:8050", "0.0.0.0:8050"),
]


@pytest.mark.parametrize("host", NOT_OURS)
@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/live.js", CALLBACK])
def test_under_any_other_name_nothing_is_there(host: str, path: str) -> None:
    app = App()
    assert ask(guard(app), path=path, fields=[("host", host)]).status == 421
    assert app.seen == []


def test_without_a_name_nothing_is_there() -> None:
    app = App()
    assert ask(guard(app), fields=[]).status == 421
    assert knock(guard(app), ("origin", f"http://{OWN}"))["type"] == REFUSED
    assert app.seen == []


def test_two_names_are_refused_even_if_both_are_ours() -> None:
    app = App()
    assert ask(guard(app), fields=[("host", OWN), ("host", "127.0.0.1:8050")]).status == 400
    assert knock(guard(app), ("host", OWN), ("Host", OWN), ("origin", f"http://{OWN}"))["type"] == REFUSED
    assert app.seen == []


def test_on_port_80_the_port_may_be_left_out() -> None:
    ours = guard(port=80)
    assert ask(ours, fields=[("host", "localhost")]).status == 200
    assert ask(ours, fields=[("host", "localhost:80"), ("origin", "http://localhost")]).status == 200
    assert ask(ours, fields=[("host", "localhost:443")]).status == 421


def test_the_refusal_tells_a_person_what_to_do() -> None:
    answer = ask(guard(), fields=[("host", "bed-3.ward:8050")])
    assert answer.text == "this monitor does not answer to that name; --allow-host NAME adds one\n"
    assert answer["connection"] == "close"


# Origins

FOREIGN = [
    "http://evil.example",
    "http://evil.example:8050",
    "null",  # a sandboxed frame, a file, a data: page
    "https://localhost:8050",
    "http://localhost",
    "http://localhost:3000",  # another program on the same computer
    "http://localhost:8050.evil.example",
    "http://localhost:8050/",
    "http://evil@localhost:8050",
    "localhost:8050",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/_dash-dependencies"])
def test_a_foreign_origin_gets_no_page(origin: str, path: str) -> None:
    app = App()
    assert ask(guard(app), path=path, fields=[("host", OWN), ("origin", origin)]).status == 403
    assert app.seen == []


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_calls_nothing_back(origin: str) -> None:
    app = App()
    assert post(guard(app), JSON, ("origin", origin)).status == 403
    assert app.seen == []


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", [LIVE, "/_dash-ws-callback", "/_dash-anything"])
def test_a_foreign_origin_opens_no_socket(origin: str, path: str) -> None:
    app = App()
    assert knock(guard(app), ("host", OWN), ("origin", origin), path=path)["type"] == REFUSED
    assert app.seen == []


@pytest.mark.parametrize("path", [LIVE, "/_dash-ws-callback"])
def test_dns_rebinding_opens_no_socket(path: str) -> None:
    """The attacker's own name resolves to us, so Host and Origin agree, and both are his."""
    app = App()
    evil = ("host", "evil.example:8050"), ("origin", "http://evil.example:8050")
    assert knock(guard(app), *evil, path=path) == {
        "type": REFUSED,
        "code": 1008,
        "reason": "this monitor does not answer to that name; --allow-host NAME adds one",
    }
    assert app.seen == []


def test_a_socket_without_an_origin_is_refused() -> None:
    app = App()
    assert knock(guard(app), ("host", OWN))["type"] == REFUSED
    assert app.seen == []


def test_two_origins_are_refused() -> None:
    own = ("origin", f"http://{OWN}")
    assert post(guard(), JSON, own, own).status == 400
    assert knock(guard(), ("host", OWN), own, own)["type"] == REFUSED


def test_our_own_page_may_do_everything() -> None:
    app = App()
    own = ("origin", f"http://{OWN}")
    assert ask(guard(app), fields=[("host", OWN), own]).status == 200
    assert post(guard(app), JSON, own, ("sec-fetch-site", "same-origin")).status == 200
    assert knock(guard(app), ("host", OWN), own)["type"] == ACCEPTED
    assert app.seen == ["/", CALLBACK, LIVE]


@pytest.mark.parametrize(
    ("site", "status"), [(None, 200), ("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
)
def test_a_post_without_an_origin_is_judged_by_where_it_was_fetched_from(site: str | None, status: int) -> None:
    fields = [JSON] if site is None else [JSON, ("sec-fetch-site", site)]
    assert post(guard(), *fields).status == status


def test_a_link_on_another_page_may_lead_here() -> None:
    assert ask(guard(), fields=[("host", OWN), ("sec-fetch-site", "cross-site")]).status == 200


# Methods


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "BREW"])
def test_other_methods_are_refused(method: str) -> None:
    app = App()
    answer = ask(guard(app), method, CALLBACK, [("host", OWN), JSON])
    assert (answer.status, answer["allow"]) == (405, "GET, HEAD, POST")
    assert app.seen == []


def test_a_preflight_gets_no_permission() -> None:
    wish = [("host", OWN), ("origin", "http://evil.example"), ("access-control-request-method", "POST")]
    answer = ask(guard(), "OPTIONS", CALLBACK, wish)
    assert answer.status == 403
    assert not [name for name, _ in answer.fields if name.startswith("access-control")]


# Bodies


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/json ;a=b"])
def test_json_is_read(kind: str) -> None:
    app = App()
    assert post(guard(app), ("content-type", kind), body=[b'{"a"', b": 1}", b""]).status == 200
    assert app.bodies == [b'{"a": 1}']


NOT_JSON = [
    *("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"),
    *("text/plain; application/json", "text/plain, application/json", "application/json, text/plain"),
]


@pytest.mark.parametrize("kind", NOT_JSON)
def test_nothing_else_is_read(kind: str) -> None:
    app = App()
    answer = post(guard(app), ("content-type", kind))
    assert (answer.status, answer.taken) == (415, 0)
    assert post(guard(app)).status == 415
    assert app.seen == []


def test_a_body_may_have_256_kib_and_not_a_byte_more() -> None:
    app = App()
    assert post(guard(app), JSON, body=[bytes(256 * KIB), b""]).status == 200
    assert post(guard(app), JSON, body=[bytes(256 * KIB), b"x", b""]).status == 413
    assert [len(body) for body in app.bodies] == [256 * KIB]


def test_a_body_said_to_be_too_long_is_not_read() -> None:
    app = App()
    answer = post(guard(app), JSON, ("content-length", str(32 * KIB * KIB)), body=[bytes(64 * KIB)] * 512)
    assert (answer.status, answer.taken, answer["connection"]) == (413, 0, "close")
    assert app.seen == []


@pytest.mark.parametrize("lie", [[], [("content-length", "10")], [("transfer-encoding", "chunked")]])
def test_a_body_that_turns_out_too_long_is_read_no_further(lie: list[tuple[str, str]]) -> None:
    """Four pieces of 64 KiB are allowed, the fifth is one too many; 507 of the 32 MiB stay unread."""
    app = App()
    answer = post(guard(app), JSON, *lie, body=[bytes(64 * KIB)] * 512)
    assert (answer.status, answer.taken) == (413, 5 * 64 * KIB)
    assert app.seen == []


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "10, 10", "\xb2", "9" * 5000])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    assert post(guard(), JSON, ("content-length", length)).status == 413


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_takes_no_body(method: str) -> None:
    app = App()
    assert ask(guard(app), method, body=[b"x", b""]).status == 413
    assert ask(guard(app), method, fields=[("host", OWN), ("content-length", "1")]).status == 413
    assert app.seen == []


def test_a_body_that_breaks_off_reaches_nobody() -> None:
    app = App()
    assert post(guard(app), JSON, body=[b'{"a"']).status == 400
    assert app.seen == []


def test_after_the_body_the_application_hears_when_the_client_goes() -> None:
    heard: list[str] = []

    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert post(guard(patient), JSON).status == 200
    assert heard == ["http.request", "http.disconnect"]


# Sockets of one client


class Ward:
    """Screens that open sockets through one guard and keep them until they leave."""

    def __init__(self) -> None:
        self.guard = guard(self.stay)
        self.sockets: list[tuple[asyncio.Task[None], asyncio.Event]] = []

    async def stay(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        if (await receive())["type"] == "fall over":
            raise RuntimeError("the live socket fell over")

    async def comes(self, client: str, last_word: str = "websocket.disconnect") -> str:
        """Open a socket; what the guard says to it. An accepted one stays until it `leaves` with its last word."""
        leaving = asyncio.Event()
        said: asyncio.Queue[str] = asyncio.Queue()

        async def receive() -> Message:
            await leaving.wait()
            return {"type": last_word}

        async def send(message: Message) -> None:
            said.put_nowait(message["type"])

        own = raw([("host", OWN), ("origin", f"http://{OWN}")])
        scope = {"type": "websocket", "path": LIVE, "headers": own, "client": (client, 50000)}
        task = asyncio.create_task(self.guard(scope, receive, send))
        first = await said.get()
        if first == ACCEPTED:
            self.sockets.append((task, leaving))
        return first

    async def leaves(self) -> BaseException | None:
        """The newest socket goes; what its application ended with."""
        task, leaving = self.sockets.pop()
        leaving.set()
        (end,) = await asyncio.gather(task, return_exceptions=True)
        return end


def test_one_address_has_at_most_twenty_sockets() -> None:
    async def story() -> None:
        ward = Ward()
        assert [await ward.comes("192.0.2.1") for _ in range(20)] == [ACCEPTED] * 20
        assert await ward.comes("192.0.2.1") == REFUSED
        assert await ward.comes("192.0.2.1") == REFUSED
        assert await ward.comes("192.0.2.2") == ACCEPTED  # another screen has its own twenty
        assert await ward.leaves() is None
        assert await ward.leaves() is None  # the twentieth of the first
        assert await ward.comes("192.0.2.1") == ACCEPTED
        assert await ward.comes("192.0.2.1") == REFUSED
        while ward.sockets:
            await ward.leaves()
        assert [await ward.comes("192.0.2.1") for _ in range(21)] == [ACCEPTED] * 20 + [REFUSED]
        while ward.sockets:
            await ward.leaves()

    asyncio.run(story())


def test_a_socket_whose_application_fails_is_counted_out() -> None:
    async def story() -> None:
        ward = Ward()
        for _ in range(50):
            assert await ward.comes("192.0.2.1", last_word="fall over") == ACCEPTED
            assert isinstance(await ward.leaves(), RuntimeError)
        assert [await ward.comes("192.0.2.1") for _ in range(21)] == [ACCEPTED] * 20 + [REFUSED]
        while ward.sockets:
            await ward.leaves()

    asyncio.run(story())


# What every answer says


@pytest.mark.parametrize(("method", "host"), [("GET", OWN), ("BREW", OWN), ("GET", "evil.example")])
def test_every_answer_has_the_security_headers(method: str, host: str) -> None:
    answer = ask(guard(), method, fields=[("host", host)])
    assert answer["content-security-policy"] == POLICY
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["referrer-policy"] == "no-referrer"
    assert answer["cross-origin-opener-policy"] == "same-origin"
    assert answer["cross-origin-resource-policy"] == "same-origin"
    assert answer["x-frame-options"] == "DENY"
    assert answer["cache-control"] == "no-store"


def test_a_script_may_use_the_alarm_sound_and_keep_the_screen_lit_and_no_camera() -> None:
    permissions = dict(part.split("=") for part in ask(guard())["permissions-policy"].split(", "))
    assert {permissions.pop(name) for name in ("autoplay", "screen-wake-lock", "fullscreen")} == {"(self)"}
    assert {"camera", "microphone", "geolocation", "usb", "serial"} < set(permissions)
    assert set(permissions.values()) == {"()"}


def test_the_application_cannot_weaken_them_or_name_itself() -> None:
    app = App(said=[("Content-Security-Policy", "default-src *"), ("X-Frame-Options", "ALLOWALL"), ("Server", "x")])
    answer = ask(guard(app))
    assert (answer["content-security-policy"], answer["x-frame-options"]) == (POLICY, "DENY")
    assert not {"server", "Server", "Content-Security-Policy", "X-Frame-Options"} & {name for name, _ in answer.fields}


def test_what_the_application_says_of_other_things_stays() -> None:
    assert ask(guard(App(said=[("etag", "abc"), ("vary", "accept-encoding")])))["etag"] == "abc"


FINGERPRINTED = [("cache-control", "public, max-age=31536000")]


@pytest.mark.parametrize(
    ("path", "said", "cached"),
    [
        ("/", [], "no-store"),
        ("/_dash-layout", [], "no-store"),
        ("/_dash-layout", FINGERPRINTED, "no-store"),
        (CALLBACK, FINGERPRINTED, "no-store"),
        ("/report.csv", [("Cache-Control", "private")], "no-store"),
        ("/_dash-component-suites/dash/dcc/dcc.v4_4_1m1.js", FINGERPRINTED, "public, max-age=31536000"),
        ("/_dash-component-suites/dash/dcc/async-graph.js", [], "no-cache"),
        ("/assets/live.js", [], "no-cache"),
        ("/assets-of-a-patient", FINGERPRINTED, "no-store"),
    ],
)
def test_only_files_of_the_program_are_kept_by_a_browser(path: str, said: Fields, cached: str) -> None:
    assert ask(guard(App(said=said)), path=path)["cache-control"] == cached


# Other scopes


async def nothing() -> Message:
    return {}


async def nobody(message: Message) -> None:
    raise AssertionError(f"nobody should be told {message}")


def test_starting_and_stopping_pass_through() -> None:
    app = App()
    asyncio.run(guard(app)({"type": "lifespan"}, nothing, nobody))
    assert app.seen == ["lifespan"]


def test_a_kind_of_connection_nobody_thought_of_is_refused() -> None:
    app = App()
    with pytest.raises(ValueError, match="no rule for the ASGI scope 'webtransport'"):
        asyncio.run(guard(app)({"type": "webtransport"}, nothing, nobody))
    assert app.seen == []
