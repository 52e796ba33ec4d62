"""A server of comments with the parts of GitHub's and GitLab's APIs that a job needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from msgspec import field

from tests.loopback import Answer, Recorder, Request, recording

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

TOKEN = "not-a-secret"


class CommentServer(Recorder):
    """Lists pages of comments, adds comments, changes comments. ``notes`` are the comments, oldest first."""

    notes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, body: str, *, kind: str = "User") -> None:
        """Add an existing comment."""
        self.notes.append({"id": len(self.notes) + 1, "body": body, "user": {"type": kind}})

    @property
    def asked(self) -> list[str]:
        """Method and path of every request."""
        return [f"{request.method} {urlsplit(request.target).path}" for request in self.requests]

    def answer(self, request: Request) -> Answer:
        """Answer as the two services do."""
        tokens = (
            request.headers.get("private-token"),
            request.headers.get("authorization", "").removeprefix("Bearer "),
        )
        if TOKEN not in tokens:
            return Answer(403, {"message": "Resource not accessible by integration"})
        parts = urlsplit(request.target)
        if request.method == "GET":
            query = parse_qs(parts.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return Answer(200, self.notes[(page - 1) * size : page * size])
        if request.method == "POST":
            self.add(request.content["body"], kind="Bot")
            return Answer(201, self.notes[-1])
        note = self.notes[int(parts.path.rpartition("/")[2]) - 1]
        note["body"] = request.content["body"]
        return Answer(200, note)


def comment_server() -> AbstractContextManager[CommentServer]:
    """Run one on loopback until the block ends."""
    return recording(CommentServer())
