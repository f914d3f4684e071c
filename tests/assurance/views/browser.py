"""A real browser for the tests of pages: chromium of the system, without a window, without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 240_000.0  # milliseconds until a browser that does not do what is waited for is given up


def chromium() -> str:
    """The browser's path; without one the test is skipped and says so, in the automatic check it fails."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "no chromium is installed: scripts/system-packages tests"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    return found


@contextmanager
def started() -> Iterator[Browser]:
    """A browser, ended when the tests are done."""
    path = chromium()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, file: Path, *, script: bool = True, **context: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page, with the addresses it asked for; ``script`` lets a page run programs, if it has any."""
    room = browser.new_context(java_script_enabled=script, **context)
    room.set_default_timeout(PATIENCE)
    try:
        page = room.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        yield page, asked
    finally:
        room.close()
