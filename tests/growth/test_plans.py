"""Planning may not take more than linear time, nor make what it does not send."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.bypass import method_variant, resumption
from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.undocumented.siblings import siblings
from specdrift.loader.parse.text import LineIndex
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request, TlsRange
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.conclusion.witnesses import Documented
from tests.checks.plan_builders import ALICE, BOB, context, planned
from tests.classify.exchanges import answer, exchange, probe

if TYPE_CHECKING:
    from specdrift.checks.core.base import Check

MINIFIED = 4_000_000


class CountedText(str):
    """A text that counts how many characters are searched in it."""

    __slots__ = ("searched",)
    searched: int

    def find(self, sub: str, *bounds: int) -> int:  # type: ignore[override]
        """Search, and count."""
        start, end = bounds
        self.searched += end - start
        return super().find(sub, start, end)


def test_places_in_one_long_line_are_found_without_reading_it_again() -> None:
    """A minified document is one line; each operation, finding and parameter has a place in it."""
    text = CountedText("x" * MINIFIED)
    text.searched = 0
    index = LineIndex(text)
    places = [index.spot(MINIFIED - distance)[:2] for distance in range(1000, 2000)]
    assert places[0] == (1, MINIFIED - 1000 + 1)
    assert text.searched < MINIFIED


@pytest.mark.parametrize("check", [method_variant.CHECK, resumption.CHECK], ids=lambda check: check.name)
def test_the_first_attempts_are_those_that_require_no_other(check: Check) -> None:
    """They are made without the others, of which there may be a hundred thousand."""
    assert isinstance(check, BypassCheck)
    assert check.first is not None
    operations = (
        *(planned(f"/items/{number}") for number in range(9)),
        planned("/jobs", method="POST", mode=UnsafeMethods.SEND),
    )
    ctx = context(*operations, identities=(ALICE, BOB), tls=(TlsRange.ANY, TlsRange.ONLY_1_2))
    every = list(check.attempts(ctx))
    assert list(check.first(ctx)) == [attempt for attempt in every if not attempt.requires]
    assert any(attempt.requires for attempt in every)


def test_a_path_of_many_segments_costs_no_more_than_its_length() -> None:
    """Each of its prefixes is a router; only the first ones are looked at."""
    began = time.process_time()
    siblings(context(planned("/v1" * 20_000 + "/{id}")))
    assert time.process_time() - began < 2


def test_an_answer_is_compared_with_the_operations_at_its_path_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether another operation lets the caller have it was asked of each operation, for each of thousands."""
    compared = []

    def fits(template: str, path: str) -> bool:
        compared.append(template)
        return template == path

    monkeypatch.setattr("specdrift.scan.conclusion.witnesses.fits", fits)
    operations = [planned(f"/{folder}/items") for folder in range(300)]
    documented = Documented(context(*operations))
    for one in operations:
        request = Request(method="GET", target=one.key.path)
        sent = exchange(probe(ANONYMOUS.name, operation=one.key, request=request), answer(200, "{}"))
        assert not documented.allows(sent, ANONYMOUS, one)
    assert len(compared) == len(operations)
