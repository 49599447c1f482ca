"""Headless Chromium, driven by WebDriver (https://www.w3.org/TR/webdriver2/): just what these tests ask for."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

PROGRAMS = ("chromedriver", "chromium")

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def absent() -> str:
    """Return what is missing for a browser, or nothing."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)} (Debian: chromium, chromium-driver)" if missing else ""


@dataclass(frozen=True)
class Browser:
    """One browser window."""

    url: str
    """Of the WebDriver session."""

    def open(self, page: Path) -> None:
        _call("POST", f"{self.url}/url", {"url": page.as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a function body in the page and return what it returns."""
        return _call("POST", f"{self.url}/execute/sync", {"script": script, "args": list(arguments)})

    def command(self, name: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol, such as ``Emulation.setEmulatedMedia``."""
        return _call("POST", f"{self.url}/goog/cdp/execute", {"cmd": name, "params": parameters})

    def media(self, scheme: str = "light", medium: str = "screen") -> None:
        """Show the page as on a light or dark screen, or printed."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=medium, features=features)

    def width(self, pixels: int) -> None:
        """Show the page in a window of this width."""
        self.command(
            "Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=pixels < 600
        )

    def messages(self) -> list[str]:
        """Return what the page's console said."""
        return [entry["message"] for entry in _call("POST", f"{self.url}/se/log", {"type": "browser"})]


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile; it ends with the block."""
    port = _free_port()
    log = profile.parent / "chromedriver.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(["chromedriver", f"--port={port}"], stdout=output, stderr=subprocess.STDOUT) as driver,
    ):
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(f"{base}/status")
            options = {"args": [*_ARGUMENTS, f"--user-data-dir={profile}"], "binary": shutil.which("chromium")}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            session = _call("POST", f"{base}/session", {"capabilities": {"alwaysMatch": wanted}})
            url = f"{base}/session/{session['sessionId']}"
            try:
                yield Browser(url)
            finally:
                _call("DELETE", url)
        finally:
            driver.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if _call("GET", url)["ready"]:
                return
        except urllib3.exceptions.HTTPError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    answer = urllib3.request(method, url, json=body, timeout=30, retries=False)
    value = json.loads(answer.data)["value"]
    assert answer.status == 200, value
    return value
