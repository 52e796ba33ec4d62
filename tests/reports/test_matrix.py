"""A cell of the matrix: the promise to a caller, and the outcome."""

import pytest
from msgspec.structs import replace

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, IdentityKind
from specdrift.model.promise import Promise
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Basis, Enforcement, IdentityOutcome, Outcome
from specdrift.reports import RenderOptions, render
from specdrift.reports.content.matrix import Agreement, Matrix
from tests.reports import factory, parts
from tests.reports.parts import ADMIN, ALICE, API_KEY, MTLS, operation

REQUIRED = operation("GET", "/a", 1)
WITH_KEY = operation("GET", "/a", 1, Demand.REQUIRED, (MTLS, API_KEY))
FOR_ADMINS = operation("GET", "/a", 1, Demand.REQUIRED, (ADMIN,))
OPTIONAL_ROLE = operation("GET", "/a", 1, Demand.OPTIONAL, (ADMIN,), ())
OPTIONAL = operation("GET", "/a", 1, Demand.OPTIONAL, (MTLS,), ())
SEVERAL = operation("GET", "/a", 1, Demand.ONE_OF_SEVERAL, (MTLS,), (API_KEY,))
OTHER = operation("GET", "/a", 1, Demand.OTHER, (API_KEY,))
NOT_REQUIRED = operation("GET", "/a", 1, Demand.NOT_REQUIRED)
UNKNOWN = operation("GET", "/a", 1, Demand.UNKNOWN)


def result_with(op: Operation, outcome: Outcome | None, *, drifts: tuple[str, ...] = ()) -> Result:
    """A run with one operation and one answer to the anonymous client."""
    seen = IdentityOutcome(
        identity="anonymous", outcome=outcome or Outcome.ADMITTED, basis=Basis.PROBED, probes=()
    )
    base = factory.story()
    item = replace(base.operations[0], operation=op, outcomes=(seen,) if outcome else ())
    found = tuple(parts.drift(rule, op, ANONYMOUS, "") for rule in drifts)
    return replace(base, operations=(item,), drifts=found, probes=())


AGREEMENTS = [
    (REQUIRED, Outcome.REFUSED_IN_TLS, (), Agreement.KEPT),
    (REQUIRED, Outcome.REFUSED_BY_APPLICATION, (), Agreement.KEPT),
    (REQUIRED, Outcome.ADMITTED, ("mtls-not-enforced",), Agreement.BROKEN),
    (REQUIRED, Outcome.ADMITTED, (), Agreement.UNDECIDED),
    (REQUIRED, Outcome.UNREACHABLE, (), Agreement.UNDECIDED),
    (REQUIRED, Outcome.INCONCLUSIVE, (), Agreement.UNDECIDED),
    (REQUIRED, None, (), Agreement.NOT_PROBED),
    (NOT_REQUIRED, Outcome.ADMITTED, (), Agreement.KEPT),
    (NOT_REQUIRED, Outcome.REFUSED_BY_APPLICATION, ("mtls-over-enforced",), Agreement.BROKEN),
    (OTHER, Outcome.ADMITTED, (), Agreement.NO_PROMISE),
]


@pytest.mark.parametrize(("op", "outcome", "drifts", "expected"), AGREEMENTS)
def test_only_a_drift_makes_a_promise_broken(
    op: Operation, outcome: Outcome | None, drifts: tuple[str, ...], expected: Agreement
) -> None:
    """A table must not judge again: what no drift claims is undecided, never broken and never kept."""
    result = result_with(op, outcome, drifts=drifts)
    assert Matrix(result).rows[op.key][0].agreement is expected


@pytest.mark.parametrize(
    ("outcome", "rules", "expected"),
    [
        (Outcome.REFUSED_BY_APPLICATION, (), Agreement.KEPT),
        (Outcome.ADMITTED, ("role-not-enforced",), Agreement.BROKEN),
        (Outcome.ADMITTED, (), Agreement.UNDECIDED),
    ],
)
def test_a_wrong_role_is_promised_a_refusal(
    outcome: Outcome, rules: tuple[str, ...], expected: Agreement
) -> None:
    """Refused is as promised; admitted is broken where a drift names this caller, and that drift is shown."""
    base = factory.story()
    seen = IdentityOutcome(identity=ALICE.name, outcome=outcome, basis=Basis.PROBED, probes=())
    item = replace(base.operations[0], operation=FOR_ADMINS, outcomes=(seen,))
    drifts = tuple(parts.drift(rule, FOR_ADMINS, ALICE, "") for rule in rules)
    result = replace(base, operations=(item,), drifts=drifts, probes=())
    place = [identity.name for identity in result.identities].index(ALICE.name)
    cell = Matrix(result).rows[FOR_ADMINS.key][place]
    assert (cell.promise, cell.agreement) == (Promise.REFUSED, expected)
    assert [cell.drift] == list(drifts or [None])


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ("forwarded-certificate-trusted", Outcome.REFUSED_BY_APPLICATION),
        ("input-not-validated", Outcome.REFUSED_BY_APPLICATION),
        ("input-not-validated", Outcome.ADMITTED),
        ("denial-after-validation", Outcome.REFUSED_IN_TLS),
    ],
)
def test_only_the_verdict_on_the_certificate_colours_a_cell(rule: str, outcome: Outcome) -> None:
    """A refusal as required stays one beside a bypass, and an admission is no drift because of a note about input."""
    result = result_with(REQUIRED, outcome, drifts=(rule,))
    matrix = Matrix(result)
    cell = matrix.rows[REQUIRED.key][0]
    assert cell.agreement is (Agreement.UNDECIDED if outcome is Outcome.ADMITTED else Agreement.KEPT)
    assert cell.drift is None
    assert matrix.other_findings(REQUIRED.key) == result.drifts


def test_a_finding_that_a_cell_shows_stands_nowhere_else() -> None:
    """Nor does an accepted one."""
    result = result_with(REQUIRED, Outcome.ADMITTED, drifts=("mtls-not-enforced", "input-not-validated"))
    assert Matrix(result).other_findings(REQUIRED.key) == result.drifts[1:]
    accepted = tuple(replace(drift, status=DriftStatus.SUPPRESSED) for drift in result.drifts)
    assert Matrix(replace(result, drifts=accepted)).other_findings(REQUIRED.key) == ()


def test_the_detail_is_the_status_or_tls() -> None:
    """Which layer refused is seen at a glance."""
    result = factory.story()
    row = Matrix(result).rows[result.operations[0].operation.key]
    assert [(cell.word, cell.detail) for cell in row] == [
        ("refused", "401"),
        ("admitted", "200"),
        ("admitted", "200"),
        ("refused", "TLS"),
        ("refused", "TLS"),
    ]


def test_a_drift_of_the_operation_covers_the_other_callers() -> None:
    """Where no caller is refused, an invalid certificate is admitted as well; it is shown once, and not undecided."""
    base = factory.story()
    item = base.operations[1]
    only = tuple(drift for drift in base.drifts if drift.rule == "mtls-not-enforced")
    cells = Matrix(replace(base, drifts=only)).rows[item.operation.key]
    assert [cell.agreement for cell in cells] == [
        Agreement.BROKEN,
        Agreement.KEPT,
        Agreement.KEPT,
        Agreement.KEPT,
        Agreement.BROKEN,
    ]
    assert cells[4].drift == cells[0].drift


def test_generated_certificates_with_the_promised_outcome_are_not_shown() -> None:
    """Twenty columns of ticks hide the one cross."""
    matrix = Matrix(factory.story())
    assert (matrix.shown, matrix.as_required) == ((0, 1, 2, 3, 4), ())
    matrix = Matrix(factory.consistent())
    assert (matrix.shown, matrix.as_required) == ((0, 1, 2, 3), (4,))


def test_generated_certificates_that_were_not_sent_kept_no_promise() -> None:
    """A run that ended before them must not praise the server for refusing them."""
    result = factory.consistent()
    untried = tuple(
        replace(item, outcomes=tuple(o for o in item.outcomes if o.identity != result.identities[4].name))
        for item in result.operations
    )
    seldom = replace(result, operations=untried)  # as imitators, who are only held against others
    assert (Matrix(seldom).as_required, Matrix(seldom).not_probed) == ((4,), ())
    left_out = tuple(r for r in result.probes if r.probe.identity != result.identities[4].name)
    result = replace(seldom, probes=left_out)
    matrix = Matrix(result)
    assert (matrix.shown, matrix.as_required, matrix.not_probed) == ((0, 1, 2, 3), (), (4,))
    text = render(result, "text", RenderOptions(width=100)).decode()
    assert "\N{EN DASH} and 1 generated certificate, not probed on any operation (-v shows them)" in text
    assert "as required wherever" not in text
    assert "1 generated certificate not probed on any operation" in render(result, "html").decode()


def test_nothing_is_as_required_where_no_valid_certificate_was_admitted() -> None:
    """A generated certificate without an outcome of its own has its control as well."""
    story = factory.consistent()
    generated = next(who for who in story.identities if who.kind is IdentityKind.GENERATED)
    own = next(record for record in story.probes if record.probe.identity == generated.name)
    quiet = replace(generated, name="imitator", beside="")
    record = replace(own, probe=replace(own.probe, identity=quiet.name))
    run = replace(story, identities=(*story.identities, quiet), probes=(*story.probes, record))
    place = len(run.identities) - 1
    assert place in Matrix(run).as_required
    valid = {who.name for who in run.identities if who.is_control}
    refused = tuple(
        replace(
            item,
            enforcement=Enforcement.INDETERMINATE,
            outcomes=tuple(
                replace(one, outcome=Outcome.REFUSED_BY_APPLICATION)
                for one in item.outcomes
                if one.identity in valid
            ),
        )
        for item in run.operations
    )
    hopeless = replace(run, operations=refused)
    assert place in Matrix(hopeless).inconclusive
    assert "as required wherever sent" not in render(hopeless, "text").decode()


def test_a_server_error_is_not_as_required() -> None:
    """A certificate that is only compared with others has no cell; its answer shows nothing by itself."""
    story = factory.consistent()
    generated = next(who for who in story.identities if who.kind is IdentityKind.GENERATED)
    own = next(record for record in story.probes if record.probe.identity == generated.name)
    quiet = replace(generated, name="valid-other-client", beside="")
    record = replace(own, probe=replace(own.probe, identity=quiet.name), outcome=Outcome.INCONCLUSIVE)
    run = replace(story, identities=(*story.identities, quiet), probes=(*story.probes, record))
    matrix = Matrix(run)
    assert matrix.unclear == (len(run.identities) - 1,)
    assert not set(matrix.unclear) & set(matrix.as_required)
    text = render(run, "text", RenderOptions(width=200)).decode()
    assert "~ and 1 generated certificate, got neither the data nor a refusal, such as a server error" in text
