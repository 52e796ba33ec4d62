"""Posts a message, a few times if need be. Redirects are not followed: they would name another host."""

import ssl
import time
from collections.abc import Callable

import httpx

from specdrift.cli.delivery.address import Address
from specdrift.errors import UsageError

TIMEOUT = 20.0
PAUSES = (1.0, 4.0)
"""Seconds before the second and the third attempt."""
LONGEST_PAUSE = 30.0
TOO_MANY, SERVER_ERROR = 429, 500


def post(body: bytes, address: Address, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Post JSON. Raises UsageError if the host takes it at none of three attempts; the text names the host alone."""
    headers = {"Content-Type": "application/json", "User-Agent": "specdrift"}
    with httpx.Client(timeout=TIMEOUT, verify=ssl.create_default_context(), headers=headers) as client:
        for pause in (*PAUSES, None):
            problem, again, asked = _attempt(client, body, address)
            if not problem:
                return
            if pause is None or not again:
                raise UsageError(problem)
            wait(min(max(pause, asked), LONGEST_PAUSE))


def _attempt(client: httpx.Client, body: bytes, address: Address) -> tuple[str, bool, float]:
    """Send once: the problem (empty if there is none), whether another attempt may help, and the pause asked for."""
    try:
        answer = client.post(address.url, content=body)
    except httpx.InvalidURL:
        return "the address is no URL of a webhook", False, 0.0
    except httpx.HTTPError as error:  # its text may have the address
        return (
            f"{address.host} cannot be reached ({type(error).__name__}); the message was not sent",
            True,
            0.0,
        )
    if answer.is_success:
        return "", False, 0.0
    again = answer.status_code == TOO_MANY or answer.status_code >= SERVER_ERROR
    problem = (
        f"{address.host} rejected the message with HTTP {answer.status_code}; is the webhook still valid?"
    )
    return problem, again, _seconds(answer.headers.get("Retry-After", ""))


def _seconds(text: str) -> float:
    """``Retry-After`` in seconds; 0 for a date or anything else (RFC 9110 §10.2.3)."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
