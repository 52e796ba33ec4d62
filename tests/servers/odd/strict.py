"""Servers that refuse what they do not know, or what a filter rejects: correct ones, and ones with an exempt input."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import parse_qs

from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded

REJECTED = ("X-Forwarded-For", "X-Original-URL", "X-Appengine-Cron", "X-Forwarded-Groups", "Via")


class RefusesParameters(Guarded):
    """Answers 400 to each parameter that it does not know, before its guard."""

    exempt: ClassVar[dict[str, list[str]]] = {}
    """The query that passes the guard."""

    def respond(self) -> None:
        """Compare the query first."""
        query = parse_qs(self.path.partition("?")[2], keep_blank_values=True)
        self.guards = UNGUARDED if query and query == self.exempt else GUARDED
        if query and query != self.exempt:
            return self.reply(400, {"error": "unknown parameter"})
        return super().respond()


class ExemptsOneParameter(RefusesParameters):
    """Knows a parameter that was meant for a test."""

    exempt: ClassVar = {"debug": ["1"]}


class FiltersFields(Guarded):
    """Stands behind a filter that answers 400 to the fields of proxies."""

    exempt = ""
    """The field that passes the guard."""

    def respond(self) -> None:
        """Filter first."""
        self.guards = UNGUARDED if self.exempt and self.headers.get(self.exempt) == "1" else GUARDED
        if any(name in self.headers for name in REJECTED):
            return self.reply(400, {"error": "blocked"})
        return super().respond()


class FiltersAllFieldsButOne(FiltersFields):
    """Has a field for its neighbours, which the filter does not know."""

    exempt = "X-Internal"


HANDLERS: dict[str, type[Guarded]] = {
    "refuses-parameters": RefusesParameters,
    "refuses-parameters-but-one": ExemptsOneParameter,
    "filters-fields": FiltersFields,
    "filters-fields-but-one": FiltersAllFieldsButOne,
}
