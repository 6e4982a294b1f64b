"""A real browser on the real service, which sees what a reader sees and takes note of what goes wrong."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

#: Milliseconds: a machine that tests other things at the same time takes its time.
_PATIENCE = 60_000
expect.set_options(timeout=_PATIENCE)

#: Debian's; a CI that has none installs it. The shell has the same engine without the windows, for half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
PHONE, DESKTOP = (390, 844), (1280, 900)
#: What axe-core calls worse than an annoyance.
_SERIOUS = ("serious", "critical")


@dataclass
class Seen:
    """What happened on a page that should not."""

    host: str
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda said: self.console.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda asked: self._asked(asked.url))
        page.on("requestfailed", lambda asked: self.failed.append(f"{asked.url}: {asked.failure}"))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.outside.append(url)

    def nothing(self) -> None:
        """Fail if anything happened."""
        assert (self.console, self.outside) == ([], []), self


@contextmanager
def started() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        yield launch(playwright)


def launch(playwright: Playwright) -> Browser:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt install chromium-headless-shell)")
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


@contextmanager
def reading(
    browser: Browser, url: str, *, size: tuple[int, int] = DESKTOP, scripts: bool = True, dark: bool = False,
    language: str = "vi", **more: Any,
) -> Iterator[tuple[Page, Seen]]:  # fmt: skip
    """A page as a reader opens it; afterwards nothing may have gone wrong on it.

    :param more: what else Playwright lets a context have, such as ``reduced_motion``.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, locale=language,
        color_scheme="dark" if dark else "light", **more,
    )  # fmt: skip
    context.set_default_timeout(_PATIENCE)
    seen = Seen(urlsplit(url).netloc)
    try:
        page = context.new_page()
        seen.watch(page)
        response = page.goto(url)
        assert response is not None and response.ok, f"{url}: {response and response.status}"
        yield page, seen
        seen.nothing()
    finally:
        context.close()


def follow(link: Locator) -> None:
    """Click what leads to another page, a link or a form's button, and wait until all of that page is there.

    After a click alone the next thing read may be of the page before, or of the first half of the new one.
    """
    with link.page.expect_navigation():
        link.click()


def violations(page: Page) -> list[str]:
    """What axe-core finds that would keep readers out: each rule with the first place that breaks it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {json.dumps(each['nodes'][0]['html'])[:200]}"
        for each in found
        if each["impact"] in _SERIOUS
    ]


def too_wide(page: Page) -> bool:
    """Whether a reader must scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def picture(page: Page, folder: Path, name: str) -> Path:
    """A screenshot of the whole page."""
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
