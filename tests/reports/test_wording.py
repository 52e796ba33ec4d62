"""The words of the HTML report."""

from __future__ import annotations

from specdrift.model.exchange.observation import Ending
from specdrift.reports.html.view.wording import ENDING


def test_each_way_in_which_an_exchange_ends_has_words() -> None:
    """A report of a run with another one would end in an internal error."""
    assert set(ENDING) == set(Ending)
