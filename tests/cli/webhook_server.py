"""A webhook on loopback that gives the answers of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from tests.loopback import Answer, Recorder, Request, recording

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SECRET = "/services/T0EXAMPLE/B0EXAMPLE/notARealTokenOfAnybody"


class Webhook(Recorder):
    """``answers`` are statuses, used one by one; then 200."""

    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with each answer."""

    @property
    def url(self) -> str:
        """Its secret address."""
        return f"{self.base_url}{SECRET}"

    @property
    def received(self) -> list[Any]:
        """The messages."""
        return [request.content for request in self.requests]

    @property
    def paths(self) -> list[str]:
        """Where they were sent."""
        return [request.target for request in self.requests]

    def answer(self, request: Request) -> Answer:
        """Give the next status to a message."""
        if request.method != "POST":
            return Answer(501)
        return Answer(self.answers.pop(0) if self.answers else 200, headers=self.headers)


def webhook_server() -> AbstractContextManager[Webhook]:
    """Run one until the block ends."""
    return recording(Webhook())
