"""The guard in front of a real browser: our page works without one complaint, a foreign page gets nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from dash import Input, Output, dcc, html
from fastapi import WebSocket
from playwright.sync_api import Browser

from dashboard import web

pytestmark = pytest.mark.browser

SCRIPT = """
window.complaints = [];
document.addEventListener("securitypolicyviolation", e => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
const live = new WebSocket(`ws://${location.host}/live`);
live.onmessage = e => { window.heard = e.data; };
"""
PROBES = """async port => {
    const socket = await new Promise(tell => {
        const live = new WebSocket(`ws://localhost:${port}/live`);
        live.onopen = () => tell("open");
        live.onerror = () => tell("refused");
    });
    const ask = (path, how) => fetch(`http://localhost:${port}${path}`, how).then(() => "read", () => "refused");
    const post = {method: "POST", mode: "no-cors", body: "{}"};
    return [socket, await ask("/_dash-layout"), await ask("/_dash-update-component", post)];
}"""


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another origin."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A page with a figure, a callback of each kind and a live socket."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "live.js").write_text(SCRIPT, "utf-8")
    app = web.create_app(assets)
    figure = {"data": [{"y": [1, 3, 2]}]}
    app.layout = html.Div([html.Button("click", id="click"), html.P(id="said"), dcc.Graph(id="trend", figure=figure)])
    app.clientside_callback(  # type: ignore[no-untyped-call]
        "n => `${n} times`", Output("click", "title"), Input("click", "n_clicks")
    )

    @app.callback(Output("said", "children"), Input("click", "n_clicks"))
    def says(clicks: int) -> str:
        return f"clicked {clicks}"

    async def live(screen: WebSocket) -> None:
        await screen.accept()
        await screen.send_text("hello")
        async for _ in screen.iter_text():
            pass

    app.server.add_api_websocket_route("/live", live)
    listener = web.bind("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    server = web.server(web.guarded(app, web.allowed_hosts("127.0.0.1"), port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield port
    server.should_exit = True
    thread.join()


def test_our_page_works_and_the_browser_has_no_complaint(browser: Browser, port: int) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        console: list[str] = []
        page.on("console", lambda message: console.append(message.text))
        page.on("pageerror", lambda error: console.append(str(error)))
        page.goto(f"http://localhost:{port}/")
        page.wait_for_selector("#trend .main-svg")
        page.click("#click")
        page.wait_for_selector("#said:has-text('clicked 1')")
        page.wait_for_selector("#click[title='1 times']")
        page.wait_for_function("window.heard === 'hello'")
        assert page.evaluate("complaints") == []
        assert console == []


def test_a_page_from_elsewhere_gets_nothing(browser: Browser, port: int) -> None:
    """On loopback too, so that no other protection of the browser stands in the way."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere, browser.new_context() as context:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://localhost:{elsewhere.server_port}/")
        assert page.evaluate(PROBES, port) == ["refused", "refused", "refused"]
        elsewhere.shutdown()
