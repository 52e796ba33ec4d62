"""The text that a person reads in a terminal."""

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Origin
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.problem import StopReason
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Result, Skipped
from specdrift.model.result.verdict import Confidence, Verdict
from specdrift.reports import RenderOptions, render
from tests.reports import extremes, factory

COLOUR = re.compile(r"\x1b\[[\d;]*m")


def text(result: Result, **options: object) -> str:
    """What a terminal of that width is given."""
    return render(result, "text", RenderOptions(**options)).decode()  # type: ignore[arg-type]


def test_the_verdict_comes_first() -> None:
    """The first line alone tells what matters."""
    first = " ".join(text(factory.story(), width=160).splitlines()[:2])
    assert first == f"✗ DRIFT  {factory.DRIFTING}. 1 could not be judged. 1 undocumented endpoint answered."


FIRST_WORDS = {
    factory.story: "✗ DRIFT  3 of 7 operations",
    factory.consistent: f"✓ CONSISTENT  {factory.KEPT}.",
    factory.incomplete: "? INCOMPLETE  All 4 operations that require client certificates enforce them, and 3 others do",
    factory.hopeless: "? NOT JUDGED  alice, who should be admitted",
    factory.document_only: "✗ FINDINGS  1 finding in the document; no request was sent.",
}


@pytest.mark.parametrize("make", FIRST_WORDS)
def test_each_kind_of_run_has_its_own_first_words(make: Callable[[], Result]) -> None:
    """A run that judged nothing never looks like one that found nothing."""
    assert text(make(), width=160).startswith(FIRST_WORDS[make])


def test_operations_without_a_compared_success_are_named() -> None:
    """A reader may take ``in 404`` for a success; what was compared was an error."""
    result = factory.consistent()
    first, *others = result.operations
    weak = replace(result, operations=(replace(first, confidence=Confidence.LOW), *others))
    line = "✓ low confidence: valid certificates got an error there, so that no success was compared"
    assert f"{line}: {first.operation.key}" in text(weak, width=200)
    assert "low confidence" not in text(result, width=200)


def test_the_output_of_lint_lists_the_demands() -> None:
    """Each operation with its line, and the number per demand; nothing about requests."""
    shown = text(factory.document_only(), width=120)
    assert re.search(r"GET /items/\{id\} +required +openapi\.yaml:11\n", shown)
    assert (
        "12 operations: 6 certificate required, 1 certificate or other credentials, 1 certificate optional"
        in shown
    )
    assert "probes planned" not in shown
    assert "Requirements of the document" not in text(factory.story())


def test_a_run_without_requests_has_no_matrix() -> None:
    """A table full of dashes would hide the one sentence that matters."""
    result = factory.hopeless()
    unasked = tuple(replace(item, outcomes=()) for item in result.operations)
    assert "in: admitted" in text(result)
    assert "in: admitted" not in text(replace(result, operations=unasked))


def test_an_interrupted_run_is_reported_as_such() -> None:
    """Also where it had found drift."""
    assert text(replace(factory.story(), stop_reason=StopReason.INTERRUPTED, exit_status=130)).startswith(
        "■ INTERRUPTED  "
    )


def test_each_drift_has_its_line_its_command_and_the_explain_hint() -> None:
    """A reader goes from the terminal to the line in the document."""
    shown = text(factory.story())
    assert "GET /items/{id}  as anonymous  openapi.yaml:11" in shown
    assert "    $ curl --cacert server-ca.pem -i https://api.example.test:8443/v1/items/7\n" in shown
    assert "explanation and fix: specdrift explain mtls-not-enforced" in shown


@pytest.mark.parametrize("width", [40, 80, 100, 160, 500])
@pytest.mark.parametrize("make", [factory.story, extremes.hostile, lambda: extremes.big(30, 12)])
def test_nothing_is_wider_than_the_terminal(make: Callable[[], Result], width: int) -> None:
    """Except commands, which must stay in one piece to be pasted; 80 columns are taken for granted."""
    allowed = min(max(width, 80), 160)
    lines = text(make(), width=width).splitlines()
    wide = [line for line in lines if cell_len(line) > allowed and not line.startswith("    $ ")]
    assert wide == []


def test_a_long_list_of_consistent_operations_is_counted() -> None:
    """They are known; -v lists them."""
    result = extremes.big(100, 3)
    short, long = text(result), text(result, verbose=True)
    assert "✓ and 98 consistent operations (-v lists them)" in short
    assert "/things/7 " not in short
    assert "/things/7 " in long


def test_operations_that_were_not_judged_are_listed_with_the_reason() -> None:
    """And with what would decide it."""
    shown = text(factory.story(), width=160)
    assert "the positive control got HTTP 503 three times" in shown
    assert "Bring the backend of /legacy/export up" in shown
    assert "the listener issues no session tickets" in shown


def test_probed_and_inferred_answers_are_never_added_up() -> None:
    """60 answers, of which 12 were not asked for one by one."""
    assert "48 answers probed, 12 inferred from the listener" in text(factory.story(), width=160)


def test_accepted_drifts_are_counted_and_not_listed() -> None:
    """The baseline has them."""
    shown = text(factory.story())
    assert "1 accepted by the baseline" in shown
    assert "ambiguous-path" not in shown
    assert all(
        d.rule == "ambiguous-path" for d in factory.story().drifts if d.status is DriftStatus.SUPPRESSED
    )


def test_an_insecure_run_is_loud() -> None:
    """The second thing after the verdict."""
    insecure = replace(factory.story(), target=replace(factory.story().target, insecure=True))
    assert "! INSECURE: the server certificate was not verified" in text(insecure)


def test_colour_comes_only_when_asked_for_and_never_alone() -> None:
    """Without the colours the very same text is left."""
    plain, coloured = text(factory.story()), text(factory.story(), color=True)
    assert "\x1b" not in plain
    assert COLOUR.search(coloured)
    assert [line.rstrip() for line in COLOUR.sub("", coloured).splitlines()] == plain.splitlines()


@pytest.mark.parametrize("color", [False, True])
def test_a_hostile_server_cannot_repaint_the_terminal(*, color: bool) -> None:
    """Its escape sequences are written out, its rich markup is text."""
    shown = COLOUR.sub("", text(extremes.hostile(), color=color))
    assert not set(shown) & ({chr(n) for n in range(32)} - {"\n"} | {"\x7f", "\x9b", "\u202e", "\u200b"})
    assert "\\x1b[2J" in shown
    assert "[bold red]x[/bold red]" in shown.replace("\n", "")


def test_the_same_result_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says about terminals."""
    before = text(factory.story())
    for name, value in {"COLUMNS": "33", "FORCE_COLOR": "1", "TERM": "dumb", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert text(factory.story()) == before


def test_quiet_certificates_are_named_and_not_tabled() -> None:
    """-v shows their columns."""
    result = factory.consistent()
    line = "✓ and 1 generated certificate, as required wherever sent (-v shows them): self-signed"
    assert line in text(result)
    assert "generated certificate" not in text(result, verbose=True)
    assert "self-signed" in text(result, verbose=True)


def test_operations_with_one_reason_share_a_row() -> None:
    """A hundred operations that were skipped for the same reason are one piece of news."""
    skipped = tuple(
        Skipped(
            kind=SkipReason.FILTERED,
            operation=OperationKey(path=f"/items/{n}", method="POST"),
            reason="may change things",
        )
        for n in range(100)
    )
    result = replace(factory.story(), skipped=skipped)
    assert "POST /items/0, POST /items/1, POST /items/2 and 97 more" in text(result, width=160)
    assert "POST /items/99" in text(result, width=160, verbose=True)


def test_the_reason_of_what_was_skipped_is_whole() -> None:
    """It is the only information; of a long list of names, the first ones stand whole."""
    names = ", ".join(f"certificate-{n}" for n in range(60))
    reason = f"60 certificates not tried (needs the key of a test CA ([client-ca] cert-file and key-file)): {names}"
    skipped = (Skipped(kind=SkipReason.NOT_AVAILABLE, check="certificate", reason=reason),)
    result = replace(factory.story(), skipped=skipped)
    shown = " ".join(text(result, width=80).split())
    assert f"Skipped (1) {reason[:110]}" in shown
    cut, _, rest = shown.partition(" … (-v) check certificate")
    assert rest
    assert f"{cut.rpartition(' ')[2].rstrip(',')}, " in f"{names}, "
    assert names in " ".join(text(result, width=80, verbose=True).split())


def _many(count: int) -> Result:
    """Return a result in which one drift repeats on many operations."""
    story = factory.story()
    item = next(each for each in story.operations if each.verdict is Verdict.DRIFT and each.outcomes)
    drift = next(each for each in story.drifts if each.operation == item.operation.key)
    keys = [OperationKey(path=f"/many/{number:02}", method="GET") for number in range(count)]
    return replace(
        story,
        operations=tuple(replace(item, operation=replace(item.operation, key=key)) for key in keys),
        drifts=tuple(replace(drift, operation=key, fingerprint=str(key)) for key in keys),
        undecided=(),
    )


def test_equal_findings_and_rows_are_folded() -> None:
    """The first three of a cause in full, and one row of the matrix; -v has all of them."""
    shown = text(_many(41), width=80)
    assert shown.count("as anonymous") == 3
    assert "  and 38 more (-v)\n" in shown
    assert "GET /many/00 and 40 alike" in shown
    assert "on all 41 operations that require the same (41)" in " ".join(shown.split())
    verbose = text(_many(41), width=80, verbose=True)
    assert verbose.count("as anonymous") == 41
    assert "alike" not in verbose


def test_the_first_line_is_about_certificates() -> None:
    """And names the document, and the file that states further requirements."""
    story = factory.consistent()
    item = story.operations[0]
    place = replace(item.operation.location, file="conf/specdrift.toml")
    requirement = replace(item.operation.requirement, origin=Origin.CONFIGURATION)
    stated = replace(item, operation=replace(item.operation, location=place, requirement=requirement))
    shown = text(replace(story, operations=(stated, *story.operations[1:])), width=160)
    assert "enforce them, and 3 others do without, as openapi.yaml and specdrift.toml say." in shown


def test_what_one_check_skipped_for_one_reason_is_a_list_of_operations() -> None:
    """The check is named once, and not among the operations."""
    story = factory.story()
    skipped = tuple(
        Skipped(
            kind=SkipReason.UNDECIDABLE,
            check="combinations",
            operation=item.operation.key,
            reason="It may be the value.",
        )
        for item in story.operations[:2]
    )
    shown = " ".join(text(replace(story, skipped=skipped), width=200).split())
    first, second = (item.operation.key for item in story.operations[:2])
    assert f"It may be the value. {first}, {second} (check combinations)" in shown
