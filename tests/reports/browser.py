"""A headless Chromium of the machine's own, driven by Playwright: nothing is downloaded for it."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import CDPSession, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
PATIENCE = 30_000
"""Milliseconds to wait for anything."""


@cache
def executable() -> str | None:
    """Where a browser is that runs; Ubuntu's package `chromium` is a script that asks for a snap."""
    return next((path for name in NAMES if (path := shutil.which(name)) and _runs(path)), None)


def _runs(path: str) -> bool:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and "Chrom" in said.stdout


class Tab:
    """One page, and everything that it logged or asked for."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self.page, self._devtools = page, devtools
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path, *, fragment: str = "") -> None:
        """Load a file and wait until it is complete."""
        self.page.goto("about:blank")
        self.requests.clear()
        self.complaints.clear()
        self.page.goto(f"{path.as_uri()}{fragment}")

    def run(self, expression: str) -> Any:  # noqa: ANN401
        """The value of a JavaScript expression; promises are awaited."""
        return self.page.evaluate(expression)

    def until(self, expression: str) -> bool:
        """Whether an expression becomes true within two seconds."""
        end = time.monotonic() + 2
        while not self.run(f"Boolean({expression})"):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def press(self, key: str) -> None:
        """Press and let go of a key."""
        self.page.keyboard.press(key)

    def size(self, width: int, height: int) -> None:
        """Set the window."""
        self.page.set_viewport_size({"width": width, "height": height})

    def prefers(self, scheme: Literal["light", "dark"]) -> None:
        """Set light or dark."""
        self.page.emulate_media(color_scheme=scheme)

    def medium(self, medium: Literal["print", "screen"]) -> None:
        """Show it as on paper, or on a screen."""
        self.page.emulate_media(media=medium)

    def scripts(self, state: Literal["on", "off"]) -> None:
        """Let scripts of the page run, or not."""
        self._devtools.send("Emulation.setScriptExecutionDisabled", {"value": state == "off"})


@contextmanager
def browser() -> Iterator[Tab]:
    """Start a browser with an empty profile; it ends with the block."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            yield Tab(page, page.context.new_cdp_session(page))
        finally:
            chromium.close()
