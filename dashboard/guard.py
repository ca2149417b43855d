"""The web guard: what a request must be before anything else in this server sees it.

Any page open in a browser on this computer can send requests here, and whoever owns a name can point
it at 127.0.0.1 (DNS rebinding). Dash 4.4.1 answers any Host and takes the Host an attacker chose as
proof of the same origin. So this is the outermost ASGI layer, it covers sockets as well as requests,
and it refuses whatever is not on a list (docs/decisions/0006-the-web-guard.md).
"""

from collections import Counter
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 256 * 1024
"""Bytes of a request's body; a click of ours sends a few hundred."""

MAX_SOCKETS = 20
"""Open sockets of one client address: a screen with a tab for each bed, and no flood."""

METHODS = ("GET", "HEAD", "POST")
"""Not OPTIONS: nothing here is for another origin, so a preflight gets no answer but no."""

STATIC = ("/assets/", "/_dash-component-suites/")
"""Files of the program: the same for everybody, nothing in them about a patient."""

# For our own page alone: the sound of an alarm, the full screen, a screen that stays lit. The rest is for nobody.
PERMISSIONS = (
    "autoplay=(self), fullscreen=(self), screen-wake-lock=(self), accelerometer=(), camera=(), display-capture=(), "
    "geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
)

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", PERMISSIONS.encode()),
)

Header = tuple[bytes, bytes]


class Refused(Exception):
    """A request that goes no further: the HTTP status, one line for people, further headers of the answer."""

    def __init__(self, status: int, reason: str, *headers: Header) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


class Guard:
    """An ASGI application in front of `app`, which listens on `port` without TLS.

    `hosts` are the names a browser may use for us, as it writes them (IPv6 addresses in brackets).
    `csp` is the Content-Security-Policy of every answer.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], port: int, csp: str) -> None:
        names = [host.lower().encode("ascii") for host in hosts]
        bare = names if port == 80 else []  # a browser leaves out the default port, and no other
        self._app = app
        self._hosts = frozenset([b"%s:%d" % (name, port) for name in names] + bare)
        self._origins = frozenset(b"http://" + host for host in self._hosts)
        self._headers = ((b"content-security-policy", csp.encode("ascii")), *SECURITY_HEADERS)
        self._sockets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection: refuse it, or hand it on."""
        match scope["type"]:
            case "http":
                await self._request(scope, receive, self._hardened(scope["path"], send))
            case "websocket":
                await self._socket(scope, receive, send)
            case "lifespan":
                await self._app(scope, receive, send)
            case other:
                raise ValueError(f"the web guard has no rule for the ASGI scope {other!r}")

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check_host(scope)
            self._check_origin(scope)
            _check_kind(scope)
            body = await _whole_body(scope, receive)
        except Refused as refused:
            await _answer(send, refused)
        else:
            await self._app(scope, _again(body, receive), send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = (scope.get("client") or ("",))[0]
        try:
            self._check_host(scope)
            self._check_origin(scope)
            if self._sockets[client] >= MAX_SOCKETS:
                raise Refused(403, "too many sockets from one address")
        except Refused as refused:  # a close before the handshake: the server answers 403
            await send({"type": "websocket.close", "code": 1008, "reason": refused.reason})
            return
        self._sockets[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._sockets -= Counter([client])  # which also forgets an address that has none left

    def _check_host(self, scope: Scope) -> None:
        if _header(scope, b"host") not in self._hosts:
            raise Refused(421, "this monitor does not answer to that name; --allow-host NAME adds one")

    def _check_origin(self, scope: Scope) -> None:
        """Every browser names the origin of a socket and of a POST; a program that is no browser need not."""
        origin = _header(scope, b"origin")
        if origin is not None or scope["type"] == "websocket":
            is_ours = origin in self._origins
        else:
            is_read = scope["method"] in ("GET", "HEAD")
            is_ours = is_read or _header(scope, b"sec-fetch-site") in (None, b"same-origin", b"none")
        if not is_ours:
            raise Refused(403, "only this monitor's own page may ask for that")

    def _hardened(self, path: str, send: Send) -> Send:
        """`send` with our headers on every answer, in place of what the application says about the same."""
        ours = {name for name, _ in self._headers} | {b"cache-control", b"server"}

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                kept = [(name, value) for name, value in said if name.lower() not in ours]
                caching = (b"cache-control", _caching(path, said))
                message = {**message, "headers": [*kept, *self._headers, caching]}
            await send(message)

        return hardened


def _header(scope: Scope, name: bytes) -> bytes | None:
    """A header's value in lower case, None without one. Two of them would let two readers see two things."""
    values = [value for key, value in scope["headers"] if key.lower() == name]
    if len(values) > 1:
        raise Refused(400, f"more than one {name.decode()} header")
    return values[0].strip(b" \t").lower() if values else None


def _check_kind(scope: Scope) -> None:
    """GET, HEAD, or POST of JSON: no form can send that, and no script of another origin without a preflight."""
    if scope["method"] not in METHODS:
        raise Refused(405, "method not allowed", (b"allow", ", ".join(METHODS).encode()))
    kind, _, _ = (_header(scope, b"content-type") or b"").partition(b";")
    if scope["method"] == "POST" and kind.rstrip(b" \t") != b"application/json":
        raise Refused(415, "only application/json is read here")


async def _whole_body(scope: Scope, receive: Receive) -> bytes:
    """The body, read before the application runs: what it is not given it cannot mishandle.

    Content-Length only saves the reading; the bytes that come are counted whatever it says.
    """
    limit = MAX_BODY if scope["method"] == "POST" else 0
    too_long = Refused(413, f"a body has at most {limit} bytes here")
    declared = _header(scope, b"content-length") or b"0"
    if not declared.isdigit() or len(declared) > 9 or int(declared) > limit:
        raise too_long
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the body broke off")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise too_long
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that says the body we have read, then whatever comes after it."""
    unsaid: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return unsaid.pop() if unsaid else await receive()

    return again


async def _answer(send: Send, refused: Refused) -> None:
    """Say no and close, else the server would read the rest of a long body only to throw it away."""
    text = f"{refused.reason}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
        *refused.headers,
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _caching(path: str, said: Iterable[Header]) -> bytes:
    """Nothing of a patient stays in a browser's cache. A file with a fingerprint in its name may: Dash marks those.

    The program's other files are asked after each time, and have an ETag for the answer.
    """
    if not path.startswith(STATIC):
        return b"no-store"
    return next((value for name, value in said if name.lower() == b"cache-control"), b"no-cache")
