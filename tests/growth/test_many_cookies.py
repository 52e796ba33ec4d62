"""A response with very many cookies costs no more than one with as many as a client keeps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from specdrift.crawler.probe_exchange import MOST_COOKIES
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

MOST_SECONDS_MORE = 20.0
"""Of processor time, plus three times that with one cookie. That it grows with their number is right: each is read.
1,000 took 749 s when each was searched everywhere.
"""


def _api(cookies: int) -> type[Handler]:
    class Cookies(Handler):
        def end_headers(self) -> None:
            """Set other cookies in each response."""
            for number in range(cookies):
                self.send_header("Set-Cookie", f"c{number}={id(self):x}-{number:06d}; Path=/")
            super().end_headers()

        def respond(self) -> None:
            """Admit a certificate only."""
            if self.path.startswith("/items"):
                return self.reply(200 if self.connection.getpeercert() else 403, {"items": []})
            return self.reply(404, {"error": "not found"})

    return Cookies


def _checked(cookies: int, pki: TestPki) -> tuple[float, Result]:
    with listening(_api(cookies), pki) as url:
        settings = settings_for(pki, url)
        began = time.process_time()
        result = run(settings)
        return time.process_time() - began, result


@pytest.mark.slow
def test_a_thousand_cookies_in_each_response(pki: TestPki) -> None:
    """In time and in memory: the result keeps as many as a client would."""
    few, _ = _checked(1, pki)
    many, result = _checked(1000, pki)
    kept = [
        sum(name == "set-cookie" for name, _ in record.observation.http.headers)
        for record in result.probes
        if record.observation.http
    ]
    assert max(kept) == MOST_COOKIES
    assert many < 3 * few + MOST_SECONDS_MORE
