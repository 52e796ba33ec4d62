"""What is new, fixed and unchanged since an earlier result, and what the baseline has to do with it."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import (
    BaselineReview,
    PreviousComparison,
    Result,
    Suppression,
    UndecidedOperation,
)
from specdrift.model.result.setting import Setting
from specdrift.reports import render
from tests.reports import factory, parts
from tests.reports.browser import Tab
from tests.reports.markup import Element, parse


def compared() -> Result:
    """The realistic run, held against an earlier one and against a baseline."""
    result = factory.story()
    op, gone = parts.OPERATIONS[10], parts.OPERATIONS[3]
    entry = Suppression(
        fingerprint="f" * 16,
        reason="until the migration",
        owner="payments",
        expires=date(2026, 3, 1),
        rule="mtls-over-enforced",
        operation=gone.key,
        identity="anonymous",
    )
    return replace(
        result,
        previous=PreviousComparison(
            source="last.json",
            run_id="before",
            started_at=parts.STARTED - timedelta(days=1),
            fixed=(parts.drift("mtls-not-enforced", gone, ANONYMOUS, "DELETE was open."),),
            unjudged=(parts.drift("plaintext-listener", None, None, "port 8080"),),
            undecided=(
                UndecidedOperation(
                    kind=UndecidedReason.INCONCLUSIVE,
                    operation=op.key,
                    reason="HTTP 503",
                    how_to_decide="Start it.",
                ),
            ),
        ),
        baseline=BaselineReview(source="baseline.json", expired=(entry,)),
    )


@pytest.fixture(scope="module")
def page() -> Element:
    """Its page."""
    return parse(render(compared(), "html"))


def test_the_top_counts_what_changed(page: Element) -> None:
    """A reviewer of a merge request asks this first."""
    tallies = [li.words for li in page.one("ul", class_="tallies").all("li", class_="change")]
    assert tallies == ["6 new", "1 fixed", "2 unchanged"]


def test_cards_say_whether_they_are_new(page: Element) -> None:
    """As a badge beside the severity."""
    words = {
        card.attributes["data-change"]: card.one("p", class_="chips").words
        for card in page.all("article", class_="card")
    }
    assert "+ new" in words["new"]
    assert "= unchanged" in words["unchanged"]


def test_what_is_fixed_and_what_was_not_looked_for_is_listed(page: Element) -> None:
    """Each with its rule, and the baseline's entries with their reason."""
    section = page.one("section", id="changes")
    words = section.words
    assert "Since last.json (2026-03-13 09:26 UTC)" in words
    for expected in (
        "✓ fixed",
        "DELETE /items/{id} as anonymous mtls-not-enforced DELETE was open.",
        "? not checked again",
        "GET /legacy/export HTTP 503. Start it.",
        "! acceptance expired",
        "until 2026-03-01: until the migration (payments)",
    ):
        assert expected in words


@pytest.mark.parametrize("form", ["text", "html", "markdown", "github"])
@pytest.mark.parametrize(("days", "warned"), [(None, True), (14, True), (9, False)])
def test_an_acceptance_that_ends_soon_is_announced(form: str, days: int | None, warned: bool) -> None:  # noqa: FBT001
    """Ten days before its last day, unless ``baseline-warn-days`` is less."""
    result = factory.story()
    drift = result.drifts[0]
    last = parts.STARTED.date() + timedelta(days=10)
    entry = Suppression(
        fingerprint=drift.fingerprint,
        reason="until the migration",
        expires=last,
        rule=drift.rule,
        operation=drift.operation,
    )
    own = {} if days is None else {"baseline-warn-days": Setting(value=days, text=str(days))}
    shown = render(
        replace(
            result,
            drifts=(replace(drift, status=DriftStatus.SUPPRESSED), *result.drifts[1:]),
            suppressed=(entry,),
            baseline=BaselineReview(source="baseline.json"),
            settings={**result.settings, **own},
        ),
        form,
    ).decode()
    assert (re.search(r"expires? soon", shown) is not None) is warned
    assert not warned or last.isoformat() in shown


def test_without_anything_to_compare_nothing_is_new() -> None:
    """The first run of all."""
    page = parse(render(factory.story(), "html"))
    assert not page.all("section", id="changes")
    assert not page.all("select", name="change")
    assert "+ new" not in page.words


@pytest.mark.browser
def test_new_drifts_alone_can_be_shown_and_linked_to(tab: Tab, tmp_path: Path) -> None:
    """The filter is in the address."""
    path = tmp_path / "report.html"
    path.write_bytes(render(compared(), "html"))
    tab.open(path, fragment="#?change=unchanged")
    shown = tab.run(
        "[...document.querySelectorAll('.entry')].filter(e => e.checkVisibility()).map(e => e.dataset.change)"
    )
    assert shown == ["unchanged"] * 2
    assert sum(drift.status is DriftStatus.KNOWN for drift in compared().drifts) == 2
