"""Servers whose answers depend on the input, on the caller, or on the time."""

from __future__ import annotations

import itertools
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.servers.python.serve import ITEMS_UNGUARDED, UNGUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource


class ValidatesFirst(Guarded):
    """Validates the input before it authorizes the caller (search.yaml)."""

    def missing(self) -> None:
        """`/search` has a `limit` that is easy to guess, `/lookup` a `code` that is not."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/search" and not query.get("limit", "").isdigit():
            return self.reply(400, {"error": "limit must be an integer"})
        if url.path == "/lookup" and query.get("code") != "7f3a-0b1c":
            return self.reply(400, {"error": "code is malformed"})
        if url.path not in {"/search", "/lookup"}:
            return super().missing()
        return self.reply(200, {"results": []}) if self.caller else self.denied()


class WhoAmI(Guarded):
    """Answers anonymous clients as it answers callers, with user null (whoami.yaml)."""

    def missing(self) -> None:
        """Answer two paths, one declared as requiring a certificate and one as open."""
        if self.path in {"/whoami", "/session"}:
            return self.reply(200, {"user": self.caller})
        return super().missing()


class EmptyStore(Guarded):
    """Has no item 7: a valid certificate gets 404, an anonymous client 401."""

    def granted(self, resource: Resource) -> None:
        """Answer everything except items."""
        if resource.template == "/items/{id}":
            return self.reply(404, {"error": "no such item"})
        return super().granted(resource)


class ChangingAnswers(Guarded):
    """No two answers are equal: request ids, times, lists of any length."""

    def granted(self, resource: Resource) -> None:
        """Add values that change with each answer."""
        number = uuid.uuid4()
        changing = {
            "request_id": str(number),
            "at": time.time(),
            "related": list(range(number.int % 50)),
        }
        self.reply(200, resource.body | changing)


class ChangingAnswersUnguarded(ChangingAnswers):
    """The same without a guard for `/items`."""

    guards = ITEMS_UNGUARDED


class OneOfFourOpen(Guarded):
    """Every fourth connection reaches a back end without a guard."""

    turns = itertools.count(1)

    def setup(self) -> None:
        """Choose the back end for the connection."""
        super().setup()
        if next(self.turns) % 4 == 0:
            self.guards = UNGUARDED
