"""A gateway that hands requests to servers of its own: what these do with them counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

GUARD = "if ($http_x_client_verify != SUCCESS) { return 403; }"
TOLD = "proxy_set_header X-Client-Verify $ssl_client_verify;"
INNER = "server { listen 127.0.0.1:8000; location / { %s proxy_pass http://127.0.0.1:9000; } %s }"
OPEN_PAGE = "location = /public { proxy_pass http://127.0.0.1:9000; }"
SECURE = "GET /secure"


def edge(*servers: str, verify: str = "optional", more: str = TOLD) -> str:
    """A server with TLS that hands requests to one of its own."""
    first = (
        f"server {{ listen 443 ssl; server_name api.example; ssl_verify_client {verify}; "
        f"location / {{ proxy_pass http://127.0.0.1:8000; {more} }} }}"
    )
    return f"events {{}} http {{ {' '.join((first, *servers))} }}"


GUARDED_INSIDE = INNER % (GUARD, OPEN_PAGE)
PLAIN_INSIDE = INNER % ("", "")
CASES: dict[str, tuple[str, ExitStatus]] = {
    "a guard inside": (edge(GUARDED_INSIDE), ExitStatus.OK),
    "the handshake": (edge(PLAIN_INSIDE, verify="on"), ExitStatus.OK),
    "no guard": (edge(PLAIN_INSIDE), ExitStatus.DRIFT),
    "a guard that anyone passes": (
        edge(GUARDED_INSIDE, more="proxy_set_header X-Client-Verify SUCCESS;"),
        ExitStatus.DRIFT,
    ),
    "a guard by a header of the client": (edge(GUARDED_INSIDE, more=""), ExitStatus.DRIFT),
    "a server inside that the network reaches": (
        edge(PLAIN_INSIDE.replace("127.0.0.1:8000", "8000"), verify="on"),
        ExitStatus.DRIFT,
    ),
    "another way to the server inside": (
        edge(
            PLAIN_INSIDE,
            "server { listen 80; location / { proxy_pass http://localhost:8000; } }",
            verify="on",
        ),
        ExitStatus.DRIFT,
    ),
    "another way to the service": (
        edge(
            PLAIN_INSIDE,
            "server { listen 80; location / { proxy_pass http://127.0.0.1:9000; } }",
            verify="on",
        ),
        ExitStatus.DRIFT,
    ),
    "another way that the server inside guards": (
        edge(
            GUARDED_INSIDE,
            f"server {{ listen 80; location / {{ proxy_pass http://127.0.0.1:8000; {TOLD} }} }}",
        ),
        ExitStatus.OK,
    ),
    "two servers inside": (
        edge(
            "server { listen 127.0.0.1:8000; location / { proxy_pass http://127.0.0.1:8001; } }",
            GUARDED_INSIDE.replace(":8000", ":8001"),
        ),
        ExitStatus.OK,
    ),
    "one that it hands requests to without end": (
        edge(
            "server { listen 127.0.0.1:8000; location / { proxy_pass http://127.0.0.1:8000; } }", verify="on"
        ),
        ExitStatus.OK,
    ),
}


@pytest.mark.parametrize(("text", "status"), CASES.values(), ids=CASES)
def test_requests_are_followed_to_the_last_server(text: str, status: ExitStatus, tmp_path: Path) -> None:
    """A server that only the machine of the gateway reaches is no way in."""
    result = joined(tmp_path, text, OPEN)
    accused = {severity for _, operation, severity in found(result) if operation == SECURE}
    assert (result.exit_status, "error" in accused) == (status, status is ExitStatus.DRIFT)
