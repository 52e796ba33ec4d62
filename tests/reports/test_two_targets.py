"""Two targets side by side: what differs comes first, in each format that people read."""

import pytest
from msgspec.structs import replace

from specdrift.model.result.result import Result
from specdrift.model.result.two_targets import (
    ComparedCaller,
    ComparedOperation,
    TargetAgreement,
    TargetComparison,
)
from specdrift.model.result.verdict import Outcome
from specdrift.reports import read, render
from specdrift.reports.report_format import RenderOptions
from tests.reports import factory, parts
from tests.reports.markup import parse

OTHER = "https://old.example"
IN, OUT, OPEN = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.INCONCLUSIVE


def side_by_side() -> Result:
    """Three operations: one differs for two callers, one is open, one is alike."""
    outcomes: tuple[dict[str, tuple[Outcome | None, Outcome | None]], ...] = (
        {"anonymous": (IN, OUT), "expired": (IN, OUT), "alice": (IN, IN)},
        {"anonymous": (OUT, OPEN), "bob": (None, IN)},
        {"anonymous": (OUT, Outcome.REFUSED_IN_TLS)},
    )
    operations = tuple(
        ComparedOperation(
            operation=operation.key,
            callers=tuple(
                ComparedCaller(identity=name, here=here, there=there)
                for name, (here, there) in callers.items()
            ),
        )
        for operation, callers in zip(parts.OPERATIONS, outcomes, strict=False)
    )
    return replace(factory.story(), beside=TargetComparison(base_url=OTHER, operations=operations))


def test_the_text_begins_with_what_differs() -> None:
    """Callers who get the same share a row; operations that are alike are counted."""
    shown = render(side_by_side(), "text", RenderOptions(width=160)).decode()
    first, second, alike = (str(operation.key) for operation in parts.OPERATIONS[:3])
    table = shown[shown.index("This target and the other one") :]
    rows = [" ".join(line.split()) for line in table.splitlines()[2:6]]
    assert rows == [
        f"✗ {first} anonymous, expired admitted refused",
        f"? {second} anonymous refused unclear",
        f"? {second} bob not sent admitted",
        "✓ 1 operation decided alike at both targets",
    ]
    assert shown.index("This target") < shown.index("✗ error")
    verbose = render(side_by_side(), "text", RenderOptions(width=160, verbose=True)).decode()
    listed = [" ".join(line.split()) for line in verbose.splitlines()]
    assert f"✓ {alike} anonymous refused refused" in listed


def test_markdown_has_what_is_not_alike() -> None:
    """Before the findings."""
    shown = render(side_by_side(), "markdown").decode()
    first = str(parts.OPERATIONS[0].key)
    line = next(line for line in shown.splitlines() if line.startswith("| ✗ different"))
    assert first.split(maxsplit=1)[0] in line
    assert "anonymous, expired | admitted | refused |" in line
    assert "✓ 1 operation decided alike at both targets." in shown


def test_the_page_has_all_rows() -> None:
    """Those that are alike are folded."""
    section = parse(render(side_by_side(), "html")).one("section", id="targets")
    apart, alike = (table.all("tr")[1:] for table in section.all("table"))
    assert [row.all("td")[0].words for row in apart] == ["✗ different", "? undecided", "? undecided"]
    assert [row.all("td")[1].words for row in alike] == ["alice", "anonymous"]
    assert OTHER in section.words


def test_without_another_target_no_format_has_the_section() -> None:
    """It is the usual run."""
    assert "other one" not in render(factory.story(), "text").decode()
    assert not parse(render(factory.story(), "html")).all("section", id="targets")


def test_json_keeps_it() -> None:
    """And says how each operation compares."""
    result = side_by_side()
    assert read(render(result, "json")) == result


@pytest.mark.parametrize(
    ("here", "there", "agreement"),
    [
        (IN, OUT, TargetAgreement.DIFFERENT),
        (OUT, Outcome.REFUSED_IN_TLS, TargetAgreement.ALIKE),
        (OPEN, OUT, TargetAgreement.UNDECIDED),
        (OPEN, OPEN, TargetAgreement.UNDECIDED),
        (None, OUT, TargetAgreement.UNDECIDED),
    ],
)
def test_open_outcomes_agree_with_nothing(
    here: Outcome | None, there: Outcome | None, agreement: TargetAgreement
) -> None:
    """Not even with each other."""
    for pair in ((here, there), (there, here)):
        assert ComparedCaller(identity="a", here=pair[0], there=pair[1]).agreement is agreement
