"""A page that Playwright does not hold: it keeps its own pages visible and awake, and every look at one is a gesture.

So what a browser does by itself to a tab (freezing it, refusing its sound) is seen here, over the same connection.
"""

import json
import time
from typing import Any

from playwright.sync_api import Browser

from tests.browser.program import PATIENCE_S, WATCH, Look


class Tab:
    """A page in a context of its own, driven by the Chrome DevTools Protocol; ends with its browser."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._answers: dict[int, dict[str, Any]] = {}
        self._n = 0
        self._browser = browser.new_browser_cdp_session()
        self._browser.on("Target.receivedMessageFromTarget", self._take)
        context = self._browser.send("Target.createBrowserContext")
        target = self._browser.send("Target.createTarget", {"url": "about:blank", **context})
        self._session = self._browser.send("Target.attachToTarget", {**target, "flatten": False})
        self.send("Page.enable")
        self.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.send("Page.navigate", url=url)

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """A command of the protocol, and its result."""
        self._n += 1
        message = json.dumps({"id": self._n, "method": method, "params": parameters})
        self._browser.send("Target.sendMessageToTarget", {**self._session, "message": message})
        deadline = time.monotonic() + PATIENCE_S
        while self._n not in self._answers:
            assert time.monotonic() < deadline, f"no answer to {method}"
            self._browser.send("Browser.getVersion")  # any exchange: answers are taken meanwhile
        result: dict[str, Any] = self._answers.pop(self._n)["result"]
        return result

    def _take(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if "id" in message:
            self._answers[message["id"]] = message

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, read without a gesture."""
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def looks(self) -> list[Look]:
        """All that it has shown since it was opened, ten times a second."""
        return [Look(**look) for look in self.evaluate("window.looks?.()") or []]
