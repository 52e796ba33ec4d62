"""Servers whose answers depend on what is sent, on who sends it, or on the time."""

from __future__ import annotations

import itertools
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.servers.python.serve import ITEMS_FORGOTTEN, UNGUARDED, Guarded

if TYPE_CHECKING:
    from tests.servers.python.api import Resource


class ValidatesFirst(Guarded):
    """Looks at the input before it looks at the caller (search.yaml)."""

    def missing(self) -> None:
        """`/search` has a `limit` that anyone can get right, `/lookup` a `code` that nobody guesses."""
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/search" and not query.get("limit", "").isdigit():
            return self.reply(400, {"error": "limit must be an integer"})
        if url.path == "/lookup" and query.get("code") != "7f3a-0b1c":
            return self.reply(400, {"error": "code is malformed"})
        if url.path not in {"/search", "/lookup"}:
            return super().missing()
        return self.reply(200, {"results": []}) if self.caller else self.denied()


class TellsWhoYouAre(Guarded):
    """Answers strangers as it answers callers, with nobody's name (whoami.yaml)."""

    def missing(self) -> None:
        """Two paths, one declared as needing a certificate and one as open."""
        if self.path in {"/whoami", "/session"}:
            return self.reply(200, {"user": self.caller})
        return super().missing()


class EmptyStore(Guarded):
    """There is no item 7, so that a good certificate gets a 404 where a stranger gets a 401."""

    def granted(self, resource: Resource) -> None:
        """Everything but items is there."""
        if resource.template == "/items/{id}":
            return self.reply(404, {"error": "no such item"})
        return super().granted(resource)


class ChangingAnswers(Guarded):
    """No two answers are alike: request ids, times, lists of any length."""

    def granted(self, resource: Resource) -> None:
        """Add what real services add."""
        number = uuid.uuid4()
        changing = {
            "request_id": str(number),
            "at": time.time(),
            "related": list(range(number.int % 50)),
        }
        self.reply(200, resource.body | changing)


class ChangingAnswersForgotten(ChangingAnswers):
    """As before, and somebody forgot to guard `/items`."""

    guards = ITEMS_FORGOTTEN


class OneOfFourOpen(Guarded):
    """Every fourth connection reaches a back end that guards nothing."""

    turns = itertools.count(1)

    def setup(self) -> None:
        """Choose the back end for the connection."""
        super().setup()
        if next(self.turns) % 4 == 0:
            self.guards = UNGUARDED
