"""One verdict: word, sentence, exit status and colour come from one function, and no format contradicts another."""

import json
from collections.abc import Mapping
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.errors import ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.result import Counts, OperationResult, Result
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Verdict
from specdrift.reports import render
from specdrift.reports.content.headline import Headline, Standing, headline
from specdrift.reports.content.summary import active
from specdrift.reports.content.tone import Tone
from specdrift.result.serialize import deserialize
from specdrift.result.status import status_of
from tests.examples import examples
from tests.reports import factory
from tests.reports.markup import parse
from tests.reports.strategies import RESULTS

WORDS: Mapping[int, frozenset[Standing]] = {
    ExitStatus.OK: frozenset({Standing.PASSED, Standing.ACCEPTED, Standing.NO_FINDINGS, Standing.CONSISTENT}),
    ExitStatus.DRIFT: frozenset({Standing.DRIFT, Standing.FINDINGS}),
    ExitStatus.USAGE: frozenset({Standing.PROBLEM}),
    ExitStatus.INCOMPLETE: frozenset({Standing.INCOMPLETE, Standing.NOT_READ, Standing.PROBLEM}),
    ExitStatus.INTERNAL: frozenset({Standing.PROBLEM}),
    ExitStatus.INTERRUPTED: frozenset({Standing.INTERRUPTED}),
}
PROBLEMS = st.none() | st.builds(
    Problem, kind=st.sampled_from(ProblemKind), text=st.just("the listener stopped answering")
)
BASES = tuple(
    make() for make in (factory.story, factory.consistent, factory.incomplete, factory.document_only)
)
RENDERED = settings(
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _gated(result: Result, fail_on: FailOn, *, allow_incomplete: bool) -> Result:
    """The result of a run with these settings."""
    values: dict[str, object] = {"fail-on": fail_on.value, "allow-incomplete": allow_incomplete}
    chosen = {key: Setting(value=value, text=str(value), origin="test") for key, value in values.items()}
    whole = replace(result, settings=chosen)
    return replace(whole, exit_status=status_of(whole, fail_on, allow_incomplete=allow_incomplete))


@st.composite
def runs(draw: st.DrawFn) -> Result:
    """Runs of the example with any severity, baseline, verdicts, problem and end."""
    base = draw(st.sampled_from(BASES))

    def drift(found: Drift) -> Drift:
        severity, status = draw(st.sampled_from(Severity)), draw(st.sampled_from(DriftStatus))
        return replace(found, severity=severity, status=status)

    def operation(found: OperationResult) -> OperationResult:
        return replace(found, verdict=draw(st.sampled_from(Verdict)))

    pool = (*factory.story().drifts, *base.drifts)
    drifts = {drift.fingerprint: drift for drift in draw(st.lists(st.sampled_from(pool), max_size=4))}
    base = base if draw(st.booleans()) else replace(base, probes=(), counts=Counts())
    result = replace(
        base,
        drifts=tuple(map(drift, drifts.values())),
        operations=tuple(map(operation, base.operations))[: draw(st.integers(0, 12))],
        undecided=base.undecided if draw(st.booleans()) else (),
        problem=draw(PROBLEMS),
        stop_reason=draw(st.none() | st.sampled_from(StopReason)),
        exit_status=draw(st.sampled_from([ExitStatus.OK, ExitStatus.USAGE])),
    )
    return _gated(result, draw(st.sampled_from(FailOn)), allow_incomplete=draw(st.booleans()))


ANY_RUN = runs() | st.builds(_gated, RESULTS, st.sampled_from(FailOn), allow_incomplete=st.booleans())


@given(ANY_RUN)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_word_sentence_and_colour_follow_the_exit_status(result: Result) -> None:
    """Never "Drift" with another status than 1, never a pass with one, and no green for what is open."""
    found = headline(result)
    assert found.exit_status == result.exit_status
    assert found.standing in WORDS[found.exit_status]
    assert (found.symbol == "✓") == (found.tone is Tone.GOOD)
    if found.tone is Tone.GOOD:
        assert found.exit_status == ExitStatus.OK
        assert not active(result)
        assert result.nothing_sent or not (result.undecided or result.problem)
    assert found.standing is not Standing.CONSISTENT or not result.nothing_sent
    if found.tone is Tone.BAD:
        assert found.exit_status != ExitStatus.OK
    passes = "No drift reaches" in found.sentence or "--allow-incomplete accepts" in found.sentence
    assert not passes or found.standing is Standing.PASSED


@given(runs())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_sentence_of_drift_begins_with_what_drifts(result: Result) -> None:
    """Drift beside "all operations do what the document says" contradicts itself."""
    found = headline(result)
    if found.exit_status == ExitStatus.DRIFT:
        assert not found.sentence.startswith(("All ", "The one operation does what"))


@pytest.mark.slow
@given(runs())
@RENDERED
def test_no_format_contradicts_another_nor_the_exit_status(result: Result) -> None:
    """Text, HTML, Markdown, GitHub, GitLab, JUnit, SARIF and JSON, each read as its reader does."""
    found = headline(result)
    _people(result, found)
    saved = deserialize(render(result, "json"))
    assert (saved.exit_status, headline(saved)) == (found.exit_status, found)
    failures, errors = _junit(result)
    assert bool(failures or errors) == (found.exit_status != ExitStatus.OK)
    if found.exit_status == ExitStatus.DRIFT:
        assert failures
    if found.exit_status == ExitStatus.INCOMPLETE:
        assert errors
        assert not failures
    (invocation,) = json.loads(render(result, "sarif"))["runs"][0]["invocations"]
    assert invocation["exitCode"] == found.exit_status
    assert invocation.get("exitCodeDescription", "") == found.meaning
    if found.exit_status == ExitStatus.OK:
        assert invocation["executionSuccessful"]
    if found.standing in (Standing.PROBLEM, Standing.INTERRUPTED):
        assert not invocation["executionSuccessful"] or not (result.problem or result.interrupted)
    names = {item["check_name"]: item["severity"] for item in json.loads(render(result, "gitlab"))}
    assert found.exit_status != ExitStatus.OK or names.get("not-judged", "info") == "info"


def _people(result: Result, found: Headline) -> None:
    """The first words of every format for people."""
    assert render(result, "text").decode().startswith(f"{found.symbol} {found.word.upper()}  ")
    assert f"## {found.symbol} {found.word}\n" in render(result, "markdown").decode()
    assert render(result, "github").decode().startswith(f"{found.word}: ")
    page = parse(render(result, "html"))
    assert page.one("h1", id="verdict").words.startswith(f"{found.symbol} {found.word} ")
    page.one("section", class_=found.tone.value, **{"aria-labelledby": "verdict"})
    assert f"{found.exit_status}: {found.meaning}" in page.words


def _junit(result: Result) -> tuple[int, int]:
    root = ET.fromstring(render(result, "junit"))  # noqa: S314 - written by this test
    return len(list(root.iter("failure"))), len(list(root.iter("error")))


def test_an_operation_that_refuses_every_valid_certificate_cannot_pass() -> None:
    """The warning is below ``--fail-on``, and nothing was proven there."""
    story = factory.incomplete()
    allowed = _gated(story, FailOn.ERROR, allow_incomplete=True)
    assert headline(_gated(story, FailOn.ERROR, allow_incomplete=False)).standing is Standing.INCOMPLETE
    assert headline(allowed).standing is Standing.PASSED


@pytest.mark.parametrize(
    ("status", "mentioned"), [(0, False), (1, True), (2, False), (3, True), (130, False)]
)
def test_exit_zero_is_mentioned_where_it_changes_the_exit_status(status: int, *, mentioned: bool) -> None:
    """The word still follows the result."""
    setting = {"exit-zero": Setting(value=True, text="true", origin="--exit-zero", group="")}
    result = replace(factory.story(), exit_status=status, settings=setting)
    first = headline(result)
    text = f"--exit-zero: the process ends with 0 instead of {status}."
    assert first.sentence.endswith(text) is mentioned
    assert ("--exit-zero" in first.sentence) is mentioned
    assert first.standing in WORDS[status]
