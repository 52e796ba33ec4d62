"""Baseline, earlier results and comparison, as commands."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from specdrift import reports
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand, Origin, Requirement
from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Counts, Result, UndecidedOperation
from specdrift.model.result.verdict import Verdict
from tests.cli.conftest import Run
from tests.cli.engine import Engine
from tests.reports import factory, parts

CHECK = ("check", "openapi.yaml", "https://localhost:8443", "-q")
BASELINE = (*CHECK, "--baseline", "b.json")


@pytest.fixture
def opened(engine: Engine) -> Engine:
    """A run with new drifts, on the day of the first of several runs."""
    whole = factory.story()
    new = tuple(replace(drift, status=DriftStatus.NEW) for drift in whole.drifts)
    judged = tuple(item for item in whole.operations if item.verdict is not Verdict.UNDECIDED)
    rules = tuple({drift.rule for drift in new})
    engine.result = replace(whole, drifts=new, operations=judged, suppressed=(), undecided=(), rules=rules)
    return engine


def save(path: Path, result: Result) -> None:
    """As ``--report json=PATH`` does."""
    path.write_bytes(reports.render(result, "json"))


def without_drifts(result: Result) -> Result:
    """The result of a server without faults."""
    operations = tuple(replace(item, verdict=Verdict.CONSISTENT) for item in result.operations)
    return replace(result, drifts=(), operations=operations, exit_status=0)


def with_reasons(path: Path, change: Callable[[int], dict[str, object]] = lambda _: {}) -> None:
    """What an owner does with a new baseline: a reason for each entry, and more for some."""
    whole = json.loads(path.read_text())
    for place, entry in enumerate(whole["accepted"]):
        entry.update({"reason": f"reason {place}", "owner": "payments"} | change(place))
    path.write_text(json.dumps(whole))


def test_a_baseline_is_begun_filled_in_and_then_excuses(command: Run, opened: Engine, tmp_path: Path) -> None:
    """Written with what is open; refused until each has a reason; then the check passes."""
    file = tmp_path / "b.json"
    begun = command(*BASELINE, "--update-baseline")
    assert begun.status == 1
    assert len(json.loads(file.read_text())["accepted"]) == len(opened.result.drifts)
    refused = command(*BASELINE)
    assert refused.status == 2
    assert "error: b.json:8: ambiguous-path on GET /reports/{id} is accepted without a reason" in refused.err
    with_reasons(file)
    passed = command(*BASELINE)
    assert passed.status == 0
    assert passed.out.startswith("✓ ACCEPTED")
    assert "reason 3" in passed.out


def test_a_recording_is_held_against_the_same_as_its_run(
    command: Run, opened: Engine, tmp_path: Path
) -> None:
    """Judged again beside the run's baseline and earlier result, it passes where the run did."""
    again = ("report", "--rejudge", "run.json", "--baseline", "b.json")
    (tmp_path / "run.json").write_text("recording")
    command(*BASELINE, "--update-baseline")
    with_reasons(tmp_path / "b.json")
    save(tmp_path / "last.json", factory.consistent())
    run, judged = command(*BASELINE, "--previous", "last.json"), command(*again, "--previous", "last.json")
    assert (judged.status, judged.out) == (run.status, run.out)
    assert judged.status == 0
    assert command(*again[:3]).status == 1
    opened.result = replace(opened.result, settings=parts.settings({"exit-zero": (True, "--exit-zero")}))
    assert command(*again[:3]).status == 0
    alone = command("report", "last.json", "--baseline", "b.json")
    assert (alone.status, alone.err) == (
        2,
        "error: --baseline needs --rejudge; a RESULT is compared with its baseline already\n",
    )


def test_an_expired_acceptance_fails_and_is_reported(command: Run, opened: Engine, tmp_path: Path) -> None:
    """On the day before the run; the last day still counts."""
    day = opened.result.started_at.date()
    command(*BASELINE, "--update-baseline")
    with_reasons(
        tmp_path / "b.json", lambda place: {"expires": str(day)} if place else {"expires": "2026-03-13"}
    )
    outcome = command(*BASELINE, "--fail-on", "note")
    assert (day, outcome.status) == (date(2026, 3, 14), 1)
    assert "acceptance expired on 2026-03-13" in " ".join(outcome.out.split())


def test_fixed_drifts_are_listed_and_then_removed(command: Run, opened: Engine, tmp_path: Path) -> None:
    """In the report, and on stderr when the file is written; other reasons stay to the letter."""
    file = tmp_path / "b.json"
    command(*BASELINE, "--update-baseline")
    with_reasons(file)
    before = json.loads(file.read_text())["accepted"]
    opened.result = replace(opened.result, drifts=opened.result.drifts[1:])
    listed = command(*BASELINE)
    assert "✓ Fixed, still in the baseline" in listed.out
    removed = command(*(part for part in BASELINE if part != "-q"), "--update-baseline")
    assert "fixed, and removed from b.json: mtls-not-enforced on " in removed.err
    after = json.loads(file.read_text())["accepted"]
    assert len(after) == len(before) - 1
    assert all(entry in before for entry in after)


def test_a_run_without_verdicts_writes_no_baseline(command: Run, opened: Engine, tmp_path: Path) -> None:
    """Its missing findings would look fixed."""
    (tmp_path / "b.json").write_bytes(b'{"specdrift_baseline": 1, "accepted": []}')
    opened.result = replace(
        opened.result, problem=Problem(kind=ProblemKind.UNREACHABLE, text="no route to the host")
    )
    outcome = command(*BASELINE, "--update-baseline")
    assert "warning: b.json is unchanged" in outcome.err
    assert (tmp_path / "b.json").read_bytes() == b'{"specdrift_baseline": 1, "accepted": []}'


@pytest.mark.slow
def test_an_equal_baseline_is_not_rewritten(command: Run, opened: Engine, tmp_path: Path) -> None:
    """Byte for byte, and its permissions are its owner's."""
    file = tmp_path / "b.json"
    command(*BASELINE, "--update-baseline")
    file.chmod(0o640)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    command(*BASELINE, "--update-baseline")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    opened.result = replace(opened.result, drifts=opened.result.drifts[1:])
    command(*BASELINE, "--update-baseline")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".b")] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--baseline", "none.json"),
            "error: there is no baseline none.json; `check --update-baseline` writes it",
        ),
        (("--update-baseline",), "error: --update-baseline needs a file"),
        (("--baseline", "."), "error: cannot read ."),
        (("--previous", "none.json"), "error: cannot read "),
    ],
)
def test_files_are_read_before_anything_is_sent(
    command: Run, opened: Engine, arguments: tuple[str, ...], said: str
) -> None:
    """A slip of the pen does not cost a run."""
    outcome = command(*CHECK, *arguments)
    assert outcome.status == 2
    assert said in outcome.err
    assert opened.seen == []


def test_the_configuration_names_the_baseline_from_its_own_folder(
    command: Run, opened: Engine, tmp_path: Path
) -> None:
    """As every path in it."""
    (tmp_path / "specdrift.toml").write_text('baseline = "accepted/b.json"\n')
    assert command(*CHECK, "--update-baseline").status == 1
    assert len(json.loads((tmp_path / "accepted" / "b.json").read_text())["accepted"]) == len(
        opened.result.drifts
    )


def test_a_check_reports_new_and_fixed_drifts(command: Run, opened: Engine, tmp_path: Path) -> None:
    """That an earlier run had it too is no excuse."""
    first, *others = opened.result.drifts
    save(tmp_path / "old.json", replace(opened.result, drifts=tuple(others)))
    outcome = command(*CHECK, "--previous", "old.json", "--report", "json=new.json", "--report", "text=-")
    assert outcome.status == 1
    assert f"1 new, 0 fixed, {len(others)} unchanged" in outcome.out
    written = json.loads((tmp_path / "new.json").read_text())
    assert [d["status"] for d in written["drifts"]].count("new") == 1
    assert written["previous"]["source"] == "old.json"
    save(tmp_path / "older.json", replace(opened.result, drifts=(first,)))
    again = command("report", "new.json", "--previous", "older.json")
    assert again.status == 0
    assert f"{len(others)} new, 0 fixed, 1 unchanged" in again.out


@pytest.mark.parametrize(
    ("missing", "fail_on", "status"),
    [
        ("mtls-not-enforced", (), 1),
        ("mtls-over-enforced", (), 0),
        ("mtls-over-enforced", ("--fail-on", "warning"), 1),
        ("mtls-not-enforced", ("--fail-on", "never"), 0),
        ("", (), 0),
    ],
)
def test_compare_fails_on_new_drifts(
    command: Run, opened: Engine, tmp_path: Path, missing: str, fail_on: tuple[str, ...], status: int
) -> None:
    """From the requested level on; drifts of both results do not count."""
    older = tuple(drift for drift in opened.result.drifts if drift.rule != missing)
    save(tmp_path / "old.json", replace(opened.result, drifts=older))
    save(tmp_path / "new.json", opened.result)
    outcome = command("compare", "old.json", "new.json", *fail_on)
    assert outcome.status == status
    assert f"{len(opened.result.drifts) - len(older)} new, 0 fixed, {len(older)} unchanged" in outcome.out
    assert ("✗ New" in outcome.out) is bool(missing)


def test_compare_reports_fixed_and_new_drifts(command: Run, opened: Engine, tmp_path: Path) -> None:
    """One operation was left out of the second run: its drift is not fixed."""
    save(tmp_path / "old.json", opened.result)
    first, *others = opened.result.operations
    left_out = next(d.operation for d in opened.result.drifts if d.rule == "mtls-over-enforced")
    kept = tuple(item for item in (first, *others) if item.operation.key != left_out)
    save(tmp_path / "new.json", without_drifts(replace(opened.result, operations=kept)))
    outcome = command("compare", "old.json", "new.json")
    assert outcome.status == 3
    fixed, unjudged = outcome.out.split("? Not checked again")
    assert "mtls-not-enforced" in fixed
    assert "mtls-over-enforced" in unjudged


UNDECIDED = UndecidedOperation(
    operation=OperationKey("GET", "/items"),
    kind=UndecidedReason.INCONCLUSIVE,
    reason="no answer",
    how_to_decide="start the server",
)


@pytest.mark.parametrize(
    ("older", "newer", "allowed", "status"),
    [
        ((), (UNDECIDED,), (), 3),
        ((), (UNDECIDED,), ("--allow-incomplete",), 0),
        ((UNDECIDED,), (UNDECIDED,), (), 3),
        ((UNDECIDED,), (UNDECIDED,), ("--allow-incomplete",), 0),
        ((UNDECIDED,), (), (), 0),
    ],
)
def test_compare_is_incomplete_where_less_was_judged(
    command: Run,
    opened: Engine,
    tmp_path: Path,
    older: tuple[UndecidedOperation, ...],
    newer: tuple[UndecidedOperation, ...],
    allowed: tuple[str, ...],
    status: int,
) -> None:
    """A server that does not answer has no new drift, and no change is shown; nor is it a pass twice over."""
    save(tmp_path / "old.json", replace(opened.result, undecided=older))
    save(tmp_path / "new.json", replace(opened.result, undecided=newer))
    assert command("compare", "old.json", "new.json", *allowed).status == status


Change = Callable[[Result], Result]


def _first(result: Result, **changes: Any) -> Result:  # noqa: ANN401
    """The result with another first operation."""
    first, *others = result.operations
    return replace(result, operations=(replace(first, **changes), *others))


def _open(result: Result) -> Result:
    """The first operation requires nothing any more."""
    operation = next(one.operation for one in result.operations if one.operation.requirement.alternatives)
    nothing = Requirement(alternatives=(), origin=Origin.OPERATION, demand=Demand.NOT_REQUIRED)
    open_ = replace(operation, requirement=nothing)
    changed = (
        replace(one, operation=open_) if one.operation == operation else one for one in result.operations
    )
    return replace(result, operations=tuple(changed))


LESS: dict[str, tuple[Change, int]] = {
    "nothing": (lambda result: result, 0),
    "an operation is missing": (lambda result: replace(result, operations=result.operations[1:]), 3),
    "no operations": (lambda result: replace(result, operations=()), 3),
    "not decided": (lambda result: _first(result, verdict=Verdict.UNDECIDED), 3),
    "unknown requirement": (
        lambda result: _first(
            result,
            operation=replace(
                result.operations[0].operation,
                requirement=Requirement(alternatives=(), origin=Origin.ROOT, demand=Demand.UNKNOWN),
            ),
        ),
        1,
    ),
    "requires nothing": (_open, 1),
    "a rule is missing": (lambda result: replace(result, rules=result.rules[1:]), 3),
    "an identity is missing": (
        lambda result: replace(
            result,
            operations=tuple(
                replace(one, outcomes=tuple(each for each in one.outcomes if each.identity != "anonymous"))
                for one in result.operations
            ),
        ),
        3,
    ),
    "nothing sent": (
        lambda result: replace(
            result,
            probes=(),
            counts=Counts(),
            operations=tuple(replace(one, verdict=Verdict.UNDECIDED) for one in result.operations),
        ),
        3,
    ),
    "document not read": (lambda result: replace(result, exit_status=2), 2),
    "a problem": (
        lambda result: replace(
            result, exit_status=3, problem=Problem(kind=ProblemKind.UNREACHABLE, text="No answer.")
        ),
        3,
    ),
}


@pytest.mark.parametrize("name", LESS)
def test_compare_never_passes_where_less_was_established(
    command: Run, opened: Engine, tmp_path: Path, name: str
) -> None:
    """The headline of its report agrees with the exit status."""
    change, status = LESS[name]
    whole = without_drifts(opened.result)
    save(tmp_path / "old.json", whole)
    save(tmp_path / "new.json", change(whole))
    outcome = command("compare", "old.json", "new.json")
    assert outcome.status == status, outcome.err
    assert outcome.out.startswith("✓ CONSISTENT") is (status == 0)


@pytest.mark.parametrize(("before", "now", "status"), [("note", "error", 1), ("error", "note", 0)])
def test_compare_counts_a_drift_that_became_more_severe(
    command: Run, opened: Engine, tmp_path: Path, before: str, now: str, status: int
) -> None:
    """The same fingerprint as a note was no failure."""
    for name, severity in (("old.json", before), ("new.json", now)):
        drifts = tuple(replace(drift, severity=Severity(severity)) for drift in opened.result.drifts)
        save(tmp_path / name, replace(opened.result, drifts=drifts))
    assert command("compare", "old.json", "new.json").status == status


SECURED = """openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
security: [{mtls: []}]
paths:
  /a: {get: {responses: {}}}
  /b: {get: {responses: {}}}
"""


@pytest.mark.parametrize(
    ("was", "now", "status"),
    [
        ("/a: {get: {", "/a: {get: {", 0),
        ("/a: {get: {", "/a: {get: {security: [], ", 1),
        ("/a: {get: {", "/c: {get: {", 3),
        ("/a: {get: {", "/a: {get: {security: [{mtls: [admin]}], ", 0),
    ],
)
def test_compare_judges_two_lint_results_as_lint_judges_two_documents(
    command: Run, tmp_path: Path, was: str, now: str, status: int
) -> None:
    """A requirement that is gone is a downgrade; an operation that is gone was judged before."""
    for name, text in (("old", SECURED), ("new", SECURED.replace(was, now))):
        (tmp_path / f"{name}.yaml").write_text(text)
        command("lint", f"{name}.yaml", "--format", "json", "-o", f"{name}.json")
    assert command("compare", "old.json", "new.json").status == status


FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "operations removed": lambda raw: raw.update(operations=raw["operations"][1:]),
    "drifts removed": lambda raw: raw.update(drifts=[]),
    "exit status": lambda raw: raw.update(exit_status=0),
    "demand": lambda raw: raw["operations"][0].update(demand="not-required"),
    "operation twice": lambda raw: (
        raw["operations"].append(raw["operations"][0]),
        raw["spec"].update(operations=len(raw["operations"])),
    ),
    "suppressed": lambda raw: [drift.update(status="suppressed") for drift in raw["drifts"]],
}


@pytest.mark.parametrize("name", FORGED)
def test_compare_refuses_results_that_contradict_themselves(
    command: Run, opened: Engine, tmp_path: Path, name: str
) -> None:
    """Edited or incomplete, they are no evidence."""
    save(tmp_path / "old.json", opened.result)
    raw = json.loads((tmp_path / "old.json").read_text())
    FORGED[name](raw)
    (tmp_path / "new.json").write_text(json.dumps(raw))
    for pair in (("old.json", "new.json"), ("new.json", "old.json")):
        outcome = command("compare", *pair)
        assert (outcome.status, outcome.out) == (2, "")
        assert "error: new.json: this specdrift result" in outcome.err


def test_compare_with_an_interrupted_run_is_incomplete(command: Run, opened: Engine, tmp_path: Path) -> None:
    """What it did not reach may have changed; a new drift that it found counts all the same."""
    save(tmp_path / "old.json", opened.result)
    save(tmp_path / "new.json", replace(opened.result, stop_reason=StopReason.INTERRUPTED))
    assert command("compare", "old.json", "new.json").status == 3
    save(tmp_path / "old.json", without_drifts(opened.result))
    assert command("compare", "old.json", "new.json").status == 1


def test_compare_writes_every_format(command: Run, opened: Engine, tmp_path: Path) -> None:
    """The report of the second, with what has changed: read back, it is compared still."""
    save(tmp_path / "old.json", without_drifts(opened.result))
    save(tmp_path / "new.json", opened.result)
    for form in reports.FORMATS:
        assert (
            command("compare", "old.json", "new.json", "--format", form, "-o", f"out.{form}", "-q").status
            == 1
        )
    compared = reports.read((tmp_path / "out.json").read_bytes())
    assert compared.previous is not None
    assert {drift.status for drift in compared.drifts} == {DriftStatus.NEW}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("old.json", "none.json"), "cannot read none.json"),
        (("broken.json", "old.json"), "broken.json: this is no specdrift result"),
        (("-", "-"), "only one of OLD and NEW"),
        (("old.json",), "Missing argument"),
    ],
)
def test_compare_needs_two_results(
    command: Run, opened: Engine, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Bad input is no change: 2, never 1."""
    save(tmp_path / "old.json", opened.result)
    (tmp_path / "broken.json").write_text("{}")
    outcome = command("compare", *arguments)
    assert outcome.status == 2
    assert said in outcome.err


def test_lint_honours_the_baseline(command: Run, tmp_path: Path) -> None:
    """What is wrong with the document is accepted in the same file; what only a check can judge stays there."""
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths:\n  /a:\n    get:\n      security: [{missing: []}]\n"
        "      responses: {'200': {description: ok}}\n"
    )
    lint = ("lint", "api.yaml", "-q", "--baseline", "b.json", "--fail-on", "note")
    assert command(*lint, "--update-baseline").status == 1
    with_reasons(tmp_path / "b.json")
    whole = json.loads((tmp_path / "b.json").read_text())
    runtime = {
        "rule": "mtls-not-enforced",
        "operation": "GET /a",
        "check": "certificate",
        "identity": "anonymous",
    }
    whole["accepted"].append(runtime | {"fingerprint": "1" * 16, "reason": "later"})
    (tmp_path / "b.json").write_text(json.dumps(whole))
    (tmp_path / "api.yaml").rename(tmp_path / "renamed.yaml")
    outcome = command("lint", "renamed.yaml", *lint[2:], "--update-baseline")
    assert outcome.status == 0
    kept = json.loads((tmp_path / "b.json").read_text())["accepted"]
    assert sorted(entry["reason"] for entry in kept) == sorted(entry["reason"] for entry in whole["accepted"])
