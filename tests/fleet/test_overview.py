"""The overview is for people: the worst first, on a telephone too, and no untrusted text becomes markup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest
from msgspec.structs import replace

from specdrift.fleet.history.database import RunTotal
from specdrift.fleet.history.overview import FleetOverview, as_html, as_json, as_text
from specdrift.fleet.history.owners import NOT_NAMED, owner_totals
from specdrift.fleet.history.summary import DriftCounts, ServiceChange, Summary, summary_of, worst_first
from specdrift.reports.content.headline import Standing, headline
from tests.reports.browser import Tab, browser, executable
from tests.reports.extremes import HOSTILE
from tests.reports.factory import consistent, hopeless, incomplete, story
from tests.reports.node_tools import axe, html_complaints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from specdrift.model.result.result import Result

DAY = "2026-01-02T03:04:05+00:00"
OWNERS = ("payments", "", HOSTILE[1], "orders")


def summaries(count: int) -> Iterator[Summary]:
    """One after the other of each kind."""
    kinds = (
        Summary(
            service="drifts", exit_status=1, drifts=DriftCounts(error=2, warning=1), worst=("a: b", "c: d")
        ),
        Summary(service="below", exit_status=0, drifts=DriftCounts(warning=1), trend=(3, 2, 1)),
        Summary(service="lost", exit_status=3, judged=False, reason="there was no worker left"),
        Summary(service="unread", exit_status=2, judged=False, reason="openapi.yaml: no such file"),
        Summary(service="fine", exit_status=0, change=ServiceChange(since=DAY, new=0, fixed=2), trend=(2, 0)),
        Summary(service="down", exit_status=3, judged=False, undecided=8, drifts=DriftCounts(accepted=3)),
    )
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield Summary(
            **{name: getattr(kind, name) for name in Summary.__struct_fields__}
            | {
                "service": f"{kind.service}-{number}",
                "title": HOSTILE[0],
                "base_url": f"https://s{number}.test",
                "owner": OWNERS[number % len(OWNERS)],
            }
        )


def overview(count: int) -> FleetOverview:
    """A fleet of so many services with five runs."""
    return FleetOverview(
        run="r",
        fleet=" ".join(HOSTILE),
        started_at=DAY,
        finished_at=DAY,
        services=worst_first(summaries(count)),
        totals=tuple(
            RunTotal(at=DAY, drifts=drifts, opened=drifts % 3, fixed=drifts % 2) for drifts in (9, 7, 8, 8, 3)
        ),
    )


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """One browser for all."""
    if executable() is None:
        pytest.skip("no Chromium that runs here")
    with browser() as opened:
        yield opened


def written(folder: Path, found: FleetOverview) -> Path:
    """The page as a file."""
    path = folder / "index.html"
    path.write_bytes(as_html(found))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 200])
def test_html_validate_finds_nothing(count: int, tmp_path: Path) -> None:
    """With any names of documents and servers."""
    assert html_complaints(written(tmp_path, overview(count))) == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_overview_is_accessible_and_fits(
    tab: Tab, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2 AA; no horizontal scrolling, no requests."""
    script = axe()
    tab.size(width, 900)
    tab.prefers(scheme)
    tab.open(written(tmp_path, overview(8)))
    assert tab.complaints == []
    assert len(tab.requests) == 1
    assert tab.run("document.documentElement.scrollWidth") == width
    tab.run(f"(() => {{ {script} }})()")
    assert tab.run("axe.run().then(r => r.violations.map(v => [v.id, ...v.nodes.map(n => n.html)]))") == []


def test_the_worst_comes_first_everywhere() -> None:
    """Drift, then failures, then incomplete services, then the others; in all three formats."""
    found = overview(5)
    order = ["drifts-0", "unread-3", "lost-2", "below-1", "fine-4"]
    page = as_html(found).decode()
    assert sorted(order, key=page.index) == order
    assert [row["service"] for row in json.loads(as_json(found))["services"]] == order
    assert [line.split()[0] for line in as_text(found).splitlines()[1:6]] == order


@pytest.mark.browser
def test_no_heading_is_broken_within_a_word(tab: Tab, tmp_path: Path) -> None:
    """A column without content, as that of the trend in a first run, is as wide as its name."""
    tab.size(1000, 900)
    tab.open(written(tmp_path, replace(overview(1), services=tuple(first_results(20)))))
    name = "document.querySelector('thead th:last-child button')"
    lines = f"(() => {{ const name = new Range(); name.selectNodeContents({name});"
    assert tab.run(f"{lines} return name.getClientRects().length; }})()") == 1
    assert tab.run("document.documentElement.scrollWidth") <= 1000


def test_each_owner_has_totals_and_the_others_are_not_lost() -> None:
    """By errors, then by warnings; a service without an owner is counted too."""
    change = ServiceChange(since=DAY, new=1, fixed=2)
    services = (
        Summary(
            service="a",
            exit_status=1,
            owner="payments",
            drifts=DriftCounts(error=1, warning=2),
            change=change,
        ),
        Summary(service="b", exit_status=0, owner="payments", change=change),
        Summary(service="c", exit_status=1, drifts=DriftCounts(error=4)),
        Summary(service="d", exit_status=3, owner="ledger", judged=False),
    )
    found = [
        (one.owner, one.services, one.drifting, one.missing, one.errors, one.warnings, one.new, one.fixed)
        for one in owner_totals(services)
    ]
    assert found == [
        (NOT_NAMED, 1, 1, 0, 4, 0, 0, 0),
        ("payments", 2, 1, 0, 1, 2, 2, 4),
        ("ledger", 1, 0, 1, 0, 0, 0, 0),
    ]
    whole = replace(overview(1), services=services)
    assert "owner payments" in as_text(whole)
    assert [row["owner"] for row in json.loads(as_json(whole))["services"]] == [
        "payments",
        "payments",
        "",
        "ledger",
    ]
    assert 'id="owners"' in as_html(whole).decode()


def test_a_fleet_without_owners_has_no_table_of_them() -> None:
    """An empty one explains nothing."""
    services = (Summary(service="a", exit_status=0),)
    assert owner_totals(services) == ()
    assert 'id="owners"' not in as_html(replace(overview(1), services=services)).decode()


def first_results(count: int) -> Iterator[Summary]:
    """Services without a trend and with a title of some length."""
    for number in range(count):
        yield Summary(
            service=f"service-{number}",
            exit_status=3,
            judged=False,
            title="Spanner Inventory",
            base_url="https://api.example.test:8443/v1",
            reason="https://api.example.test:8443/v1 cannot be asked, so nothing is known of the API",
        )


def one_service(result: Result, **changes: object) -> FleetOverview:
    """A fleet of one service."""
    summary = replace(summary_of("one", result), **changes)
    return FleetOverview(run="r", fleet="f", started_at=DAY, finished_at=DAY, services=(summary,))


BELOW = replace(story(), exit_status=0)


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (consistent(), "✓ Consistent"),
        (story(), "✗ Drift"),
        (BELOW, "! Passed"),
        (incomplete(), "? Incomplete"),
        (hopeless(), "? Not judged"),
    ],
)
def test_the_verdict_has_the_word_of_the_report(result: Result, word: str) -> None:
    """One function for both: the overview has no words of its own."""
    first = headline(result)
    assert f"{first.symbol} {first.word}" == word
    assert f'badge {first.tone}">{word}</span>' in as_html(one_service(result)).decode()


def test_the_word_of_the_run_follows_its_exit_status() -> None:
    """Passed is not consistent, and an excused drift is mentioned."""
    assert one_service(consistent()).standing is Standing.CONSISTENT
    assert one_service(BELOW).standing is Standing.PASSED
    assert one_service(story()).standing is Standing.DRIFT
    excused = replace(one_service(story()), forgiven=frozenset({"one"}))
    assert (excused.exit_status, excused.standing) == (0, Standing.PASSED)
    assert "exit-zero" not in one_service(story()).sentence
    assert excused.sentence.endswith("exit-zero: 1 service with exit status 1 or 3 counts as 0")
    assert replace(one_service(consistent()), interrupted=True).standing is Standing.INTERRUPTED


@pytest.mark.browser
def test_services_can_be_searched_and_sorted(tab: Tab, tmp_path: Path) -> None:
    """By name, address or word; a second click turns the order; without scripts the worst is first."""
    tab.size(1280, 900)
    tab.open(written(tmp_path, overview(8)))
    rows = "[...document.querySelectorAll('.fleet tbody tr')].filter(r => r.checkVisibility())"
    names = f"{rows}.map(r => r.cells[0].innerText.split('\\n')[0])"
    worst_first = tab.run(names)
    tab.run("document.querySelector('.fleet thead button').click()")
    assert tab.run(names) == sorted(worst_first)
    assert tab.run("document.querySelector('.fleet thead th').getAttribute('aria-sort')") == "ascending"
    tab.run("document.querySelectorAll('.fleet thead button')[2].click()")
    errors = (
        "[...document.querySelectorAll('.fleet tbody tr')].map(r => parseInt(r.cells[2].textContent) || 0)"
    )
    assert tab.run(errors) == sorted(tab.run(errors), reverse=True)
    tab.run("""(() => { const field = document.querySelector('#find input'); field.value = 'FINE';
        field.dispatchEvent(new Event('input', { bubbles: true })); })()""")
    assert tab.run(names) == ["fine-4"]
    assert tab.run("document.querySelector('#find output').textContent") == "1 of 8 services"
    tab.scripts("off")
    tab.open(written(tmp_path, overview(8)))
    tab.scripts("on")
    assert not tab.run("document.querySelector('#find').checkVisibility()")
    assert tab.run(names) == worst_first
