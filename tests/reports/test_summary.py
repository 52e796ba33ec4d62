"""The verdict in one sentence: right for one operation, for none, and where only the listener drifts."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from specdrift.config.describe.show import describe
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.shards import owns
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Severity
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import OperationResult, Result, Skipped
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Basis, Layer, Outcome, Verdict
from specdrift.reports import render
from specdrift.reports.content import headline
from specdrift.reports.content.path_groups import path_groups
from specdrift.result.serialize import deserialize, serialize
from specdrift.rules import source
from specdrift.settings import GateSettings, Settings
from tests.reports import factory, parts
from tests.reports.markup import parse


def first(result: Result, number: int) -> Result:
    """The run as if the document had only that many operations."""
    return replace(result, operations=result.operations[:number])


def test_counts_agree_with_their_verbs() -> None:
    """One operation does, many do, and a document without any promises nothing."""
    kept, half = factory.consistent(), factory.incomplete()
    said = [headline.headline(run).sentence for run in (kept, first(kept, 1), first(kept, 0), half)]
    assert said == [
        f"{factory.KEPT}.",
        "The one operation enforces client certificates as openapi.yaml says.",
        "There was no operation to judge. --allow-incomplete accepts that.",
        f"{factory.KEPT}. 1 could not be judged.",
    ]


def test_an_open_operation_is_not_counted_as_enforcing() -> None:
    """It admits everybody, as the document says: nothing is enforced there."""
    run = factory.consistent()
    by_demand = {one.operation.requirement.demand: one for one in run.operations}
    required, is_open = by_demand[Demand.REQUIRED], by_demand[Demand.NOT_REQUIRED]
    key, either = by_demand[Demand.OTHER], by_demand[Demand.ONE_OF_SEVERAL]

    def said(*operations: OperationResult) -> str:
        return headline.headline(replace(run, operations=operations)).sentence

    undecided = replace(required, verdict=Verdict.UNDECIDED)
    assert said(undecided).startswith("The one operation could not be judged.")
    assert said(undecided, undecided).startswith("None of 2 operations could be judged.")
    assert said(required, either) == "All 2 operations enforce client certificates as openapi.yaml says."
    assert said(required, is_open) == (
        "The one operation that requires client certificates enforces them, and 1 other does without, "
        "as openapi.yaml says."
    )
    assert said(is_open, key) == "All 2 operations do without a client certificate, as openapi.yaml says."
    assert said(undecided, is_open).startswith(
        "1 of 2 operations does without a client certificate, as openapi.yaml says. 1 could not be judged."
    )
    assert said(undecided, required, is_open).startswith(
        "1 of 2 operations that require client certificates enforces"
    )


def test_webhooks_are_never_confirmed() -> None:
    """The API sends them: a pass says that they were not probed."""
    reason = "1 webhook requires a client certificate and was not probed: POST paid"
    skipped = (Skipped(kind=SkipReason.WEBHOOK, reason=reason),)
    sentence = headline.headline(replace(factory.consistent(), skipped=skipped)).sentence
    assert sentence.endswith(f" as openapi.yaml says. {reason}.")


def test_a_shard_names_the_operations_of_others() -> None:
    """They are its controls; a reader must not take its part for the document."""
    run = factory.consistent()
    settings = {**run.settings, "shard": Setting(value="2/3", text='"2/3"')}
    sentence = headline.headline(replace(run, settings=settings)).sentence
    own = sum(owns((2, 3), one.operation.key) for one in run.operations)
    assert f" This is shard 2 of 3: {own} of these operations belong to it; " in sentence
    assert sentence.endswith(" and count in their own shards. `specdrift merge` joins the shards.")
    assert "shard" not in headline.headline(run).sentence


def test_a_pass_says_what_was_tried_on_a_sample_only() -> None:
    """A reader who stops after the first sentence must know. Beside drift it is a detail."""
    reason = "each forwarded header was tried on 3 of 7 operations; --exhaustive tries all"
    sampled = (Skipped(check="forwarded", kind=SkipReason.SAMPLED, reason=reason),)
    assert headline.headline(replace(factory.consistent(), skipped=sampled)).sentence == (
        f"{factory.KEPT}. Each forwarded header was tried on 3 of 7 operations; --exhaustive tries all."
    )
    assert "--exhaustive" not in headline.headline(replace(factory.story(), skipped=sampled)).sentence


def unanswered(run: Result, count: int) -> Result:
    """The run as if some operations had failed for every client whose handshake was accepted."""
    valid = {each.name for each in run.identities if each.is_control}
    operations = tuple(
        replace(
            each,
            layer=Layer.TLS,
            outcomes=tuple(
                replace(one, outcome=Outcome.INCONCLUSIVE, basis=Basis.PROBED)
                if one.identity in valid
                else one
                for one in each.outcomes
            ),
        )
        for each in run.operations[:count]
    )
    return replace(run, operations=(*operations, *run.operations[count:]))


def test_a_pass_says_what_rests_on_handshakes_alone() -> None:
    """No valid client got the data of these operations; of the others one did."""
    kept = factory.consistent()
    alone = "rests on the TLS handshakes alone: no request with a valid certificate got the data."
    said = [headline.headline(unanswered(kept, count)).sentence for count in (0, 2, 7)]
    whole = f"{factory.KEPT}."
    assert said == [whole, f"{whole} For 2 of them that {alone}", f"{whole} That {alone}"]


def test_a_pass_says_where_effects_are_not_known() -> None:
    """Only operations that are consistent count: the others have words of their own."""
    kept, story = factory.consistent(), factory.story()
    keys = [each.operation.key for each in kept.operations]

    def unknown(run: Result, *operations: OperationKey) -> str:
        skipped = tuple(
            Skipped(check="effect", operation=key, kind=SkipReason.EFFECT_UNKNOWN, reason="no GET shows it")
            for key in operations
        )
        return headline.headline(replace(run, skipped=skipped)).sentence

    assert unknown(kept, *keys[:2]) == (
        f"{factory.KEPT}; for 2 of them it is not established that refused requests change nothing."
    )
    assert unknown(first(kept, 1), keys[0]) == (
        "The one operation enforces client certificates as openapi.yaml says; it is not established that refused "
        "requests change nothing."
    )
    assert "not established" not in unknown(story, *(each.operation.key for each in story.operations))
    assert "not established" not in unknown(kept, OperationKey(path="/elsewhere", method="POST"))


def test_one_operation_is_not_counted_against_itself() -> None:
    """``1 of 1 operation`` is how a machine speaks."""
    story = factory.story()
    (drifting,) = [item for item in story.operations if item.operation.key.path == "/version"]
    said = headline.headline(replace(story, operations=(drifting,), undocumented=())).sentence
    assert said.startswith("The one operation differs from what openapi.yaml says about client certificates.")


def test_drift_of_a_listener_does_not_stand_beside_a_clean_sentence() -> None:
    """Every operation is as promised, and the API answers without TLS: both are said."""
    plaintext = parts.drift("plaintext-listener", None, None, "It answers on port 8080 without TLS.")
    said = headline.headline(replace(factory.consistent(), exit_status=1, drifts=(plaintext,)))
    assert said.standing is headline.Standing.DRIFT
    assert said.sentence == (
        f"1 drift concerns the listener or the document as a whole. Otherwise: {factory.KEPT}."
    )


def test_drift_in_the_source_is_not_the_listeners() -> None:
    """`check --source` finds things where no listener and no document is wrong."""
    rules = ("plaintext-listener", *sorted(source.IDS)[:2])
    found = tuple(parts.drift(rule, None, None, "It is so.") for rule in rules)
    said = headline.headline(replace(factory.consistent(), exit_status=1, drifts=found)).sentence
    assert said.startswith(
        "1 drift concerns the listener or the document as a whole. 2 drifts concern the source. Otherwise: "
    )


def test_drift_below_the_limit_is_explained() -> None:
    """Warnings only: the word follows exit status 0."""
    story = factory.story()
    warnings = tuple(drift for drift in story.drifts if drift.severity is Severity.WARNING)
    passed = headline.headline(replace(story, exit_status=0, drifts=warnings))
    assert (passed.symbol, passed.standing) == ("!", headline.Standing.PASSED)
    assert " No drift reaches --fail-on error." in passed.sentence
    assert "--fail-on" not in headline.headline(story).sentence
    assert "--fail-on" not in headline.headline(factory.consistent()).sentence


def test_the_level_that_a_run_passes_is_shown_as_it_was_given() -> None:
    """From the configuration to the sentence, through a saved result: a string has no quotes."""
    settings = Settings(gate=GateSettings(fail_on=FailOn.WARNING), origins={"fail-on": "--fail-on"})
    story = factory.story()
    notes = tuple(replace(drift, severity=Severity.NOTE) for drift in story.drifts)
    result = replace(story, exit_status=0, drifts=notes, settings=describe(settings))
    sentence = headline.headline(deserialize(serialize(result))).sentence
    assert " No drift reaches --fail-on warning." in sentence


TIME = "the time for the whole run is used up (--overall-timeout)"
NO_CONTROL = (
    'No valid certificate was admitted: "alice" met this in TLS: unknown_ca. Nothing can be concluded.'
)


def stopped(result: Result) -> Result:
    """The run as if its time had been over before the last ten probes."""
    counts = replace(result.counts, planned=len(result.probes) + 10, spared=0, follow_ups=0)
    return replace(
        result,
        problem=Problem(kind=ProblemKind.STOPPED, text=TIME),
        counts=counts,
        exit_status=result.exit_status or 3,
    )


def test_a_stopped_run_reports_its_drift_first() -> None:
    """Recorded drift counts, whatever came after it; missing verdicts are never a pass."""
    story, kept = (headline.headline(stopped(make())) for make in (factory.story, factory.consistent))
    assert story.standing is headline.Standing.DRIFT
    assert story.sentence.startswith(f"So far {factory.DRIFTING}.")
    assert f" Stopped early: {TIME}; up to 10 of " in story.sentence
    assert story.sentence.endswith(" planned probes were not sent.")
    assert kept.standing is headline.Standing.INCOMPLETE
    assert kept.sentence.startswith(
        "So far 7 of 7 operations show no drift from openapi.yaml, and not all requests were sent. "
        f"Stopped early: {TIME}; up to"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["text", "html", "markdown"])
@pytest.mark.parametrize("reason", StopReason)
@pytest.mark.parametrize("make", [factory.consistent, factory.incomplete, factory.story])
def test_a_run_that_stopped_claims_no_more_than_it_finished(
    make: Callable[[], Result], reason: StopReason, name: str
) -> None:
    """Neither the word nor the sentence of any report says of all operations what only some requests showed."""
    whole = make()
    counts = replace(whole.counts, planned=len(whole.probes) + 10, spared=0, follow_ups=0)
    status = 130 if reason is StopReason.INTERRUPTED else whole.exit_status or 3
    result = replace(whole, stop_reason=reason, exit_status=status, counts=counts)
    sentence = headline.headline(result).sentence
    written = render(result, name).decode()
    assert sentence.startswith("So far ")
    assert " Stopped early: " in sentence
    assert "up to 10 of " in sentence
    for whole_claim in ("All 7 operations", "All 12 operations", "operations enforce client certificates as"):
        assert whole_claim not in written
    assert "So far " in written


def test_without_an_admitted_certificate_proven_drift_comes_first() -> None:
    """An admitted anonymous client is drift, whatever refusals there are; the refusals show nothing."""
    story, kept = (
        replace(make(), problem=Problem(kind=ProblemKind.NO_CONTROL, text=NO_CONTROL), exit_status=status)
        for make, status in ((factory.story, 1), (factory.consistent, 3))
    )
    assert headline.headline(story).standing is headline.Standing.DRIFT
    assert headline.headline(story).sentence.endswith(f" {NO_CONTROL}")
    assert headline.headline(kept) == headline.Headline(
        standing=headline.Standing.PROBLEM, sentence=NO_CONTROL, exit_status=3
    )


@pytest.mark.parametrize("name", ["text", "html", "markdown", "github", "gitlab"])
def test_no_report_of_a_stopped_run_denies_its_verdicts(name: str) -> None:
    """Beside the drifts that it lists, that would be untrue; why it is not whole is in each."""
    written = render(stopped(factory.story()), name).decode()
    for untrue in (
        "not judged anything",
        "could not judge anything",
        '"check_name": "not-judged"',
        "? Not judged",
    ):
        assert untrue not in written
    assert "NOT JUDGED" not in written
    assert "--overall-timeout" in written


def accepted() -> Result:
    """A run whose only drift is accepted."""
    story = factory.story()
    return replace(factory.consistent(), drifts=story.drifts[-2:-1], suppressed=story.suppressed)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (factory.consistent, "No drift was found."),
        (factory.incomplete, "No drift was found in what could be judged."),
        (factory.hopeless, "Nothing could be judged. An empty list does not mean that there is no drift."),
        (accepted, "The baseline accepts every drift."),
    ],
)
def test_an_empty_list_of_drifts_is_explained(make: Callable[[], Result], said: str) -> None:
    """No drift and no operations are distinguished."""
    section = parse(render(make(), "html")).one("section", id="drifts")
    assert section.one("p", class_="empty").words == said


@pytest.mark.parametrize(("status", "word"), [(0, "Passed"), (1, "Drift"), (3, "Incomplete")])
def test_the_word_follows_the_exit_status(status: int, word: str) -> None:
    """The same drifts pass, fail, or are below the level in an incomplete run."""
    assert headline.standing(replace(factory.story(), exit_status=status)).value == word


def test_undecided_operations_that_are_allowed_pass() -> None:
    """With ``--allow-incomplete``."""
    said = headline.headline(replace(factory.incomplete(), exit_status=0))
    assert said.standing is headline.Standing.PASSED
    assert said.sentence.endswith(
        "1 could not be judged. --allow-incomplete accepts that. 2 operations were left out by the configuration or by "
        "options."
    )


def test_an_exit_status_of_0_does_not_mean_that_everything_was_judged() -> None:
    """Undecided operations that are allowed, and operations that were left out."""
    passed = headline.headline(replace(factory.incomplete(), exit_status=0))
    assert passed.meaning == headline.PASSED_IN_PART
    whole = headline.headline(replace(factory.consistent(), skipped=()))
    assert whole.meaning == headline.EXIT_STATUS[0]


def test_operations_are_grouped_by_path() -> None:
    """The worst path first; a part that most paths share says nothing, and is split."""
    groups = path_groups(factory.story())
    assert [group.name for group in groups][:3] == ["/admin", "/items", "/version"]
    assert [item.operation.key.path for item in groups[0].operations] == ["/admin/audit", "/admin/users"]
    versioned = tuple(
        replace(
            item,
            operation=replace(
                item.operation, key=item.operation.key._replace(path=f"/v1{item.operation.key.path}")
            ),
        )
        for item in factory.story().operations
    )
    again = path_groups(replace(factory.story(), operations=versioned))
    assert [group.name for group in again] == [f"/v1{group.name}" for group in groups]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("checks", " Nothing else was checked than certificate, roles."),
        ("skip-checks", " Not checked, as configured: certificate, roles."),
    ],
)
def test_a_pass_of_some_checks_says_so(key: str, said: str) -> None:
    """The other ways around a guard were not tried."""
    names = ["certificate", "roles"]
    run = factory.consistent()
    some = replace(run, settings={**run.settings, key: Setting(value=names, text="")})
    assert headline.headline(some).sentence == headline.headline(run).sentence + said
    assert headline.headline(run).meaning == headline.EXIT_STATUS[0]
    assert headline.headline(some).meaning == headline.PASSED_IN_PART
