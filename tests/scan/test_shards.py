"""Shards divide the operations the same way everywhere, and together give the result of the whole run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.shards import owns, shard_of
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Verdict
from specdrift.rules import source
from specdrift.scan.conclusion.merging import merge
from specdrift.settings import OperationSettings, SourceSettings
from tests.changed_settings import changed
from tests.reports import factory, parts
from tests.scan.running import run, settings_for
from tests.servers.cases import case_named
from tests.source.crates import crate, served

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from specdrift.settings import Settings
    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

COUNT = 3
KEYS = [OperationKey(path=f"/things/{number}/{{id}}", method="GET") for number in range(300)]


def test_a_shard_is_the_same_on_every_machine() -> None:
    """These numbers are part of the interface: runs of another version must agree on them."""
    keys = ("GET /items", "GET /items/{id}", "POST /items", "GET /public")
    made = [OperationKey(method=m, path=p) for m, p in (key.split(" ") for key in keys)]
    assert [shard_of(key, count=COUNT) for key in made] == [2, 2, 3, 2]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_operation_has_one_owner_and_shares_are_alike(count: int) -> None:
    """None is left out, none is asked for twice, and no shard has much more than its part."""
    owners = [[n for n in range(1, count + 1) if owns((n, count), key)] for key in KEYS]
    assert all(len(found) == 1 for found in owners)
    sizes = [sum(found == [n] for found in owners) for n in range(1, count + 1)]
    assert max(sizes) < 1.5 * len(KEYS) / count


def outcomes(result: Result) -> dict[str, object]:
    """What is said of each operation, by whom it was asked."""
    return {
        str(o.operation.key): (
            o.verdict,
            o.enforcement,
            o.confidence,
            [(c.identity, c.outcome) for c in o.outcomes],
        )
        for o in result.operations
    }


def found(result: Result) -> list[tuple[object, ...]]:
    """The drifts, without the words."""
    return sorted((d.fingerprint, d.rule, d.severity.value, d.confidence.value) for d in result.drifts)


CASES = (
    "python-cert-optional",
    "python-cert-required",
    "python-cert-none",
    "python-cert-optional-undocumented",
    "python-cert-optional-checks-once",
    "odd-rewrites-after-guard",
    "odd-refuses-everyone",
    "odd-one-of-four-open",
)


@pytest.mark.parametrize("name", CASES)
def test_three_shards_give_the_result_of_the_whole_run(name: str, pki: TestPki, tmp_path: Path) -> None:
    """Outcomes, verdicts, drifts with their fingerprints, status; every exchange of an operation once."""
    case = case_named(name)
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url, spec=str(case.document), skip_checks=())
        whole = run(settings)
        parts = [run(sharded(settings, n)) for n in range(1, COUNT + 1)]
    merged = merge([(f"{n}.json", part) for n, part in enumerate(parts, start=1)])
    assert outcomes(merged) == outcomes(whole)
    assert found(merged) == found(whole)
    assert merged.exit_status == whole.exit_status
    assert bool(merged.problem) == bool(whole.problem)
    assert {(u.method, u.path) for u in merged.undocumented} == {
        (u.method, u.path) for u in whole.undocumented
    }
    assert {u.operation for u in merged.undecided} == {u.operation for u in whole.undecided}
    assert merged.counts.requests == sum(part.counts.requests for part in parts)
    assert (merged.counts.operations, merged.counts.undecided) == (
        len(whole.operations),
        len(whole.undecided),
    )
    assert (
        merged.counts.probed + merged.counts.by_listener
    ) == whole.counts.probed + whole.counts.by_listener
    names = [record.probe.id for record in merged.probes]
    assert len(names) == len(set(names))
    assert {name for drift in merged.drifts for name in drift.probes} <= set(names)


SOURCE = served(
    """Router::new().route("/public", get(shown)).route("/secure", get(shown)).route("/items/{id}", get(file))
        .route("/extra", get(shown)).route("/beyond", get(shown)).route("/debug", post(shown))""",
    "async fn shown() {}\nasync fn file(Path(id): Path<String>) { fs::read(root.join(id)); }\n",
)


def test_the_shards_together_have_all_source_findings(pki: TestPki, tmp_path: Path) -> None:
    """Of operations, with the server's behaviour; of undocumented routes; and without an operation."""
    case = case_named("python-cert-optional-undocumented")
    folder = crate(tmp_path / "crate", SOURCE)
    with case.start(pki, tmp_path / "server") as server:
        settings = settings_for(pki, server.base_url, spec=str(case.document), skip_checks=())
        settings = replace(settings, source=SourceSettings(paths=(folder,)))
        whole = run(settings)
        parts = [run(sharded(settings, n)) for n in range(1, COUNT + 1)]
    merged = merge([(f"{n}.json", part) for n, part in enumerate(parts, start=1)])
    said = {(d.rule, str(d.operation), d.message) for d in whole.drifts if d.rule in source.IDS}
    assert {rule for rule, _, _ in said} == {
        *(
            "route-not-guarded",
            "documented-route-missing",
            "route-not-documented",
            "path-parameter-in-file-path",
        )
    }
    assert {(d.rule, str(d.operation), d.message) for d in merged.drifts if d.rule in source.IDS} == said
    assert found(merged) == found(whole)
    assert merged.source == whole.source
    assert merged.exit_status == whole.exit_status


def sharded(settings: Settings, number: int, count: int = COUNT) -> Settings:
    """The settings of one shard, as the command line would make them."""
    return changed(settings, shard=(number, count), origins={"shard": "--shard"})


def test_probes_without_an_operation_are_planned_once(pki: TestPki) -> None:
    """The wordlist and the traffic imports are not probed by each shard."""
    settings = settings_for(pki, "https://127.0.0.1:9", skip_checks=())
    asked = [
        {p.variant for p in scan.plan(scan.prepare(sharded(settings, n))) if p.check == "undocumented"}
        for n in range(1, COUNT + 1)
    ]
    assert "GET /metrics" in asked[0]
    assert "GET /metrics" not in asked[1] | asked[2]


@pytest.mark.parametrize("roles", [frozenset[str](), frozenset({"admin"})])
def test_every_shard_probes_enough_operations_to_learn_the_denial(
    pki: TestPki, roles: frozenset[str]
) -> None:
    """Two that admit the valid certificate, or refuse it for its roles."""
    settings = settings_for(
        pki, "https://127.0.0.1:9", operations=(OperationSettings(allow_roles=roles),), skip_checks=()
    )
    for number in range(1, COUNT + 1):
        run_of_shard = scan.prepare(sharded(settings, number))
        assert {"GET /secure", "GET /items/{id}"} <= {str(one.key) for one in run_of_shard.operations}


def part(number: int, count: int = COUNT, **changes: object) -> Result:
    """A made result of a shard."""
    made = replace(factory.consistent(), settings=parts.settings({"shard": (f"{number}/{count}", "--shard")}))
    return replace(made, **changes)


def test_shards_may_come_in_any_order() -> None:
    """The merged result does not depend on it."""
    one, two, three = part(1), part(2), part(3)
    assert merge([("c", three), ("a", one), ("b", two)]) == merge([("a", one), ("b", two), ("c", three)])


def test_the_merged_result_is_no_shard() -> None:
    """It cannot be merged again."""
    merged = merge([("a", part(1, 1))])
    with pytest.raises(UsageError, match="not of a shard"):
        merge([("m", merged)])


REFUSED = {
    "both shard 2 of 3": [part(1), part(2), part(2), part(3)],
    "missing: 2, 3": [part(1)],
    "missing: 1": [part(2), part(3)],
    "one shard of 4": [part(1), part(2, 4), part(3)],
    "not of a shard": [part(1), replace(part(2), settings={}), part(3)],
    "no results": [],
    "another document": [
        part(1),
        part(2, document=replace(factory.consistent().document, sha256="0" * 64)),
        part(3),
    ],
    "the target": [
        part(1),
        part(2, target=replace(factory.consistent().target, base_url="https://o")),
        part(3),
    ],
    "value of checks": [
        part(1),
        part(2, settings=parts.settings({"shard": ("2/3", "--shard"), "checks": (["roles"], "--checks")})),
        part(3),
    ],
    "specdrift 9.9": [part(1), part(2, tool_version="9.9"), part(3)],
}


@pytest.mark.parametrize("words", REFUSED)
def test_incomplete_or_mixed_shards_are_refused(words: str) -> None:
    """The message names the missing, doubled or different shard."""
    with pytest.raises(UsageError, match=words):
        merge([(f"{n}.json", result) for n, result in enumerate(REFUSED[words])])


def test_limits_and_outputs_may_differ_between_shards() -> None:
    """Machines differ."""
    other = {
        "shard": ("2/3", "--shard"),
        "network.concurrency": (2, "--concurrency"),
        "reports.json": ("b.json", "--report"),
        "server.ca-file": ("/x", "--cacert"),
    }
    merged = merge([("a", part(1)), ("b", part(2, settings=parts.settings(other))), ("c", part(3))])
    assert merged.exit_status == ExitStatus.OK


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, ExitStatus.OK),
        ({"problem": Problem(kind=ProblemKind.STOPPED, text="the time is up")}, ExitStatus.INCOMPLETE),
        ({"stop_reason": StopReason.INTERRUPTED}, ExitStatus.INTERRUPTED),
        ({"exit_status": ExitStatus.USAGE}, ExitStatus.USAGE),
    ],
)
def test_the_status_is_the_worst_of_all_shards(changes: dict[str, object], status: ExitStatus) -> None:
    """One failed shard is enough, and is named."""
    merged = merge([("a", part(1)), ("b", replace(part(2), **changes)), ("c", part(3))])
    assert merged.exit_status == status
    assert ("shard 2 of 3" in str(merged.problem)) == ("problem" in changes)


def judged(number: int, verdict: Verdict, **changes: object) -> Result:
    """A shard of two that judged all operations so."""
    whole = part(number, 2)
    operations = tuple(replace(one, verdict=verdict) for one in whole.operations)
    return replace(whole, operations=operations, **changes)


def foreign_to(number: int) -> OperationKey:
    """An operation of the made result that belongs to the other of two shards."""
    keys = [one.operation.key for one in part(1, 2).operations]
    return next(key for key in keys if not owns((number, 2), key))


@pytest.mark.parametrize("number", [1, 2])
def test_a_drift_of_a_control_counts(number: int) -> None:
    """The shard of the operation found it consistent: the server was not the same for both."""
    key = foreign_to(number)
    drift = replace(factory.story().drifts[0], operation=key)
    worse = judged(number, Verdict.DRIFT, drifts=(drift,), exit_status=ExitStatus.DRIFT)
    merged = merge([("a", worse), ("b", judged(3 - number, Verdict.CONSISTENT))])
    assert {one.operation.key for one in merged.operations if one.verdict is Verdict.DRIFT} >= {key}
    assert drift.fingerprint in {one.fingerprint for one in merged.drifts}
    assert merged.exit_status is ExitStatus.DRIFT


@pytest.mark.parametrize("number", [1, 2])
def test_a_control_that_was_not_judged_leaves_its_operation_undecided(number: int) -> None:
    """The reason names the shard that could not judge it."""
    key = foreign_to(number)
    entry = UndecidedOperation(
        operation=key,
        kind=UndecidedReason.CONTROL_REFUSED,
        reason="status 500",
        how_to_decide="repeat the run",
    )
    worse = judged(number, Verdict.UNDECIDED, undecided=(entry,), exit_status=ExitStatus.INCOMPLETE)
    merged = merge([("a", worse), ("b", judged(3 - number, Verdict.CONSISTENT))])
    assert merged.exit_status is ExitStatus.INCOMPLETE
    [left] = merged.undecided
    assert left.operation == key
    assert f"shard {number} of 2" in left.reason


def test_shards_of_two_days_are_not_one_run() -> None:
    """The server may have changed between them."""
    old = part(2)
    old = replace(old, started_at=old.started_at - timedelta(hours=25))
    with pytest.raises(UsageError, match="more than a day apart"):
        merge([("a", part(1)), ("b", old), ("c", part(3))])
