"""The page of real servers, written for all servers or for some."""

from __future__ import annotations

from tests.servers.table import DOCUMENT, Row, document


def test_servers_that_were_not_run_keep_their_line() -> None:
    """`./dev truth envoy --write` replaces the lines of Envoy alone."""
    page = DOCUMENT.read_text(encoding="utf-8")
    assert document([], before=page) == page
    row = Row(case="envoy-required", tls="1.3", found={}, missed=("gone",), false=(), misjudged=())
    changed = set(document([row], before=page).splitlines()) - set(page.splitlines())
    assert [line.split(" | ")[0] for line in changed] == ["| envoy-required"]
