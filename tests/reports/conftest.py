"""One browser for every test of reports that wants one."""

from collections.abc import Iterator

import pytest

from tests.reports.browser import Tab, browser, executable


@pytest.fixture(scope="module")
def chromium() -> Iterator[Tab]:
    """One browser for all tests of a module."""
    if executable() is None:
        pytest.skip("no Chromium that runs here: install the package chromium (on Ubuntu, Google Chrome)")
    with browser() as opened:
        yield opened


@pytest.fixture
def tab(chromium: Tab) -> Iterator[Tab]:
    """The browser as a reader has it who changed no setting."""
    yield chromium
    chromium.page.emulate_media(media="screen", color_scheme="light")
    chromium.size(1280, 900)
    chromium.scripts("on")
