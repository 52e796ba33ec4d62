"""Words in the place of a value of a path: routers may have a route for them in front of the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import context, http, planned
from tests.checks.test_undocumented import conclude

if TYPE_CHECKING:
    from specdrift.checks.core.base import Conclusions
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

LATEST = "/items/latest"


def concluded(
    *, anonymous: tuple[str, ...], everything: bool = False, documented: bool = False, exists: bool = True
) -> Conclusions:
    """Return the conclusions on a server that gives these paths to clients without a certificate."""

    def server(probe: Probe) -> HttpFacts:
        path = probe.request.target if probe.request else ""
        if probe.identity == ANONYMOUS.name and path not in anonymous and not everything:
            return http(401, shape="refused")
        if everything and path.startswith("/items/"):
            return http(200, shape="page")
        known = path == "/items/1" or (exists and path == LATEST)
        return http(200, shape=path) if known else http(404, shape="missing")

    operations = [planned("/items/{id}"), *([planned(LATEST)] if documented else [])]
    return conclude(context(*operations, with_wordlist=False), server)


def test_a_word_that_answers_without_a_certificate_leaks() -> None:
    """The document requires a certificate for every value in this place."""
    (found,) = concluded(anonymous=(LATEST,)).findings
    assert (found.severity, found.subject, found.identity) == (
        Severity.ERROR,
        f"GET {LATEST}",
        ANONYMOUS.name,
    )


@pytest.mark.parametrize(
    "answers",
    [
        {"anonymous": ()},
        {"anonymous": (), "exists": False},
        {"anonymous": (), "everything": True},
        {"anonymous": (LATEST,), "documented": True},
    ],
    ids=["a guarded word", "no such word", "one page for all values", "an operation of its own"],
)
def test_a_word_that_is_a_value_as_any_other_is_no_finding(answers: dict[str, Any]) -> None:
    """Valid certificates may have such a path: the document has its template."""
    assert not concluded(**answers).findings
