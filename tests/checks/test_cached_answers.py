"""A cache that keeps what is asked for often, and hands it to anybody."""

from __future__ import annotations

import pytest

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.checks.certificate.consistency import OFTEN, REQUESTED_OFTEN
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from tests.checks.plan_builders import ALICE, context, http, planned, play

CHECKS = (unknown_path.CHECK, certificate.CHECK, consistency.CHECK)
LIST = '{"vehicles": ["AB12CDE", "KX70LMN"], "keeper": "Imogen Clarke"}'


def played(field: tuple[str, str], *, keeps: bool) -> tuple[list[str], int]:
    """Return the messages on a server that answers with this field, and how many requests made the answer wanted.

    ``keeps``: after as many requests of valid certificates in a row, the next caller gets the kept answer.
    """
    in_a_row, often = [0], [0]

    def server(probe: Probe) -> HttpFacts:
        if probe.request is None or probe.request.target != "/vehicles":
            return http(404)
        valid = probe.identity != ANONYMOUS.name
        often[0] += probe.tag == REQUESTED_OFTEN
        is_kept = keeps and in_a_row[0] >= OFTEN
        in_a_row[0] = in_a_row[0] + 1 if valid else 0
        return http(200, text=LIST, headers=(field,)) if valid or is_kept else http(401)

    ctx = context(planned("/vehicles"), identities=(ALICE,))
    classifier = play(CHECKS, ctx, server).classifier()
    return [one.message for one in consistency.CHECK.judge(ctx, classifier).findings], often[0]


@pytest.mark.parametrize(
    "field",
    [
        ("x-cache", "MISS"),
        ("age", "0"),
        ("cache-status", "edge; fwd=miss"),
        ("cache-control", "Public, max-age=60"),
        ("cache-control", "s-maxage=5"),
    ],
)
def test_an_answer_that_is_kept_for_anybody_is_a_finding(field: tuple[str, str]) -> None:
    """The anonymous client asks right after the valid certificate's requests."""
    (message,), often = played(field, keeps=True)
    assert "all of them with a valid certificate's requests right before" in message
    assert often == OFTEN


@pytest.mark.parametrize(
    ("field", "expected"),
    [(("x-cache", "MISS"), OFTEN), (("cache-control", "private, max-age=60"), 0), (("server", "x"), 0)],
)
def test_a_correct_cache_is_none(field: tuple[str, str], expected: int) -> None:
    """Without a sign of a shared cache, nothing further is sent."""
    assert played(field, keeps=False) == ([], expected)
