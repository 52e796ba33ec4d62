"""A run that only read files: no format calls that a pass, and none calls its operations undecided."""

import pytest
from msgspec.structs import replace

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Result
from specdrift.reports import render
from specdrift.reports.content.headline import Standing, headline
from specdrift.reports.content.tone import Tone
from tests.reports import extremes, factory
from tests.reports.markup import parse


def linted(operations: int = 0) -> Result:
    """A document without findings; with more operations, their matrix has a block for each path."""
    result = replace(factory.document_only(), drifts=(), exit_status=0, suppressed=())
    if not operations:
        return result
    (first, *_) = result.operations
    keys = (OperationKey(path=f"/{'ab'[number % 2]}/{number}", method="GET") for number in range(operations))
    made = (replace(first, operation=replace(first.operation, key=key)) for key in keys)
    return replace(result, operations=tuple(made))


def test_it_has_a_word_of_its_own() -> None:
    """Neither green nor "Consistent": no server was contacted. A run that contacted one keeps its word."""
    found = headline(linted())
    assert (found.standing, found.symbol, found.tone) == (Standing.NO_FINDINGS, "○", Tone.NOTE)
    assert found.sentence == "The document was read; no request was sent."
    assert found.meaning == "no finding reached the fail-on level; no request was sent"
    kept = headline(factory.consistent())
    assert (kept.standing, kept.tone) == (Standing.CONSISTENT, Tone.GOOD)
    assert kept.meaning == "everything was judged, and no drift reached the fail-on level"


def test_findings_have_their_own_exit_status_too() -> None:
    """Drift is between a document and a server."""
    assert headline(factory.document_only()).meaning == "findings; no request was sent"


@pytest.mark.parametrize("name", ["text", "html", "markdown", "github"])
def test_no_format_for_people_judges_the_server(name: str) -> None:
    """Three statements contradicted each other on one page."""
    words = render(linted(60), name).decode()
    visible = parse(words.encode()).one("main").words if name == "html" else words
    for untrue in ("Consistent", "CONSISTENT", "everything was judged", "✓"):
        assert untrue not in visible
    assert "no request was sent" in visible
    assert not [part for part in visible.split("? ")[1:] if "undecided" in part[:20]]


def test_groups_of_operations_show_what_the_document_requires() -> None:
    """In the overview and above each path; where something was sent, their verdicts."""
    page = parse(render(linted(60), "html"))
    assert "60 required" in page.one("ul", class_="tallies").words
    blocks = [tr.words for tr in page.one("table", id="grid").all("tr", class_="path")]
    assert blocks == ["/a · 30 required", "/b · 30 required"]
    fields = {select.attributes["name"] for select in page.all("select")}
    assert "status" not in fields
    assert "rule" in fields
    probed = parse(render(extremes.big(60, 3), "html")).one("table", id="grid").all("tr", class_="path")
    assert "drift" in probed[0].words
