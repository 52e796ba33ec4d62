"""Certificates with a part of another identity's name, and of unknown clients: what is sent, and what is found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, mistaken_identity, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play
from tests.checks.unknown_clients import JUDGED, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlannedOperation
    from specdrift.classify.exchange_log import ExchangeLog
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

ADMIN = tuple(planned(f"/admin/{name}", roles=("admin",)) for name in "abc")
READERS = planned("/r", roles=("reader", "admin"))
PARTIAL = replace(
    UNKNOWN, name="partial-unit", profile="partial-name", imitates="bob", beside="partial-unit-neutral"
)
TWIN = replace(PARTIAL, name="partial-unit-neutral", beside="")
EVERYBODY = (ALICE, BOB, UNKNOWN, JUDGED, PARTIAL, TWIN)
STATS, DENIED, FORBIDDEN, MISSING = http(200, shape="stats"), http(401), http(403), http(404)


def check(
    admits: Callable[[Probe], bool],
    *operations: PlannedOperation,
    identities: tuple[ClientIdentity, ...] = EVERYBODY,
) -> tuple[list[Finding], ExchangeLog]:
    """Return the findings about a server that admits these valid certificates, and what was sent."""

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return MISSING
        if probe.identity == ANONYMOUS.name:
            return DENIED
        return STATS if admits(probe) else FORBIDDEN

    ctx = context(*operations, identities=identities)
    log = play((unknown_path.CHECK, certificate.CHECK, mistaken_identity.CHECK), ctx, server)
    return list(mistaken_identity.CHECK.judge(ctx, log.classifier()).findings), log


def admitting(*callers: str) -> Callable[[Probe], bool]:
    """Return a server that admits bob and these everywhere, and alice to what is for readers."""
    return lambda probe: (
        probe.identity in ("bob", *callers) or (probe.identity == "alice" and probe.operation == READERS.key)
    )


def sent(log: ExchangeLog, name: str) -> Counter[str]:
    """Return how often each operation was sent as an identity by the check."""
    exchanges = log.by_check(mistaken_identity.CHECK.name)
    return Counter(str(e.probe.operation) for e in exchanges if e.probe.identity == name)


def test_a_part_of_a_name_is_sent_to_one_of_alike_operations() -> None:
    """A correct server refuses it, and its control is not sent."""
    findings, log = check(admitting(), *ADMIN)
    assert findings == []
    assert sent(log, PARTIAL.name).total() == 1
    assert sent(log, TWIN.name).total() == 0
    assert sent(log, JUDGED.name).total() == 0


def test_a_part_of_a_name_that_is_admitted_is_found_on_every_alike_operation() -> None:
    """With its control, and each time."""
    findings, log = check(admitting(PARTIAL.name), *ADMIN)
    assert {str(finding.operation) for finding in findings} == {f"GET /admin/{name}" for name in "abc"}
    (rule,) = {finding.rule for finding in findings}
    assert (rule, findings[0].profile) == ("role-not-enforced", "partial-name")
    assert 'admitted as "bob" (role admin) is' in findings[0].message
    assert "is refused (partial-unit-neutral)" in findings[0].message
    assert sent(log, TWIN.name) == {f"GET /admin/{name}": 3 for name in "abc"}


def test_without_roles_a_part_of_a_name_is_an_invalid_certificate() -> None:
    """Where the server has a list of names that the document does not have."""
    bob = replace(BOB, roles=frozenset())
    findings, _ = check(admitting(PARTIAL.name), planned("/list"), identities=(bob, UNKNOWN, PARTIAL, TWIN))
    assert [(finding.rule, finding.profile) for finding in findings] == [
        ("invalid-certificate-accepted", "partial-name")
    ]


@pytest.mark.parametrize(
    ("callers", "count"),
    [((PARTIAL.name, TWIN.name), 3), ((PARTIAL.name, TWIN.name, UNKNOWN.name), 0)],
    ids=["a convention", "every client"],
)
def test_a_server_that_means_a_part_of_the_names_is_not_accused(callers: tuple[str, ...], count: int) -> None:
    """A team's prefix or a domain admits the neutral name too; and where all are admitted, nothing is sent."""
    findings, log = check(admitting(*callers), *ADMIN, identities=(ALICE, BOB, UNKNOWN, PARTIAL, TWIN))
    assert findings == []
    assert sent(log, PARTIAL.name).total() == count


def test_an_unknown_client_with_the_highest_role_is_found() -> None:
    """As with a map of roles whose zero value is the administrator's: both identities are named."""
    findings, log = check(admitting(UNKNOWN.name, JUDGED.name), READERS, *ADMIN)
    assert {str(finding.operation) for finding in findings} == {f"GET /admin/{name}" for name in "abc"}
    assert {(finding.rule, finding.profile) for finding in findings} == {
        ("role-not-enforced", "unknown-name")
    }
    assert 'admitted as "bob" is, although "alice" (role reader) is refused' in findings[0].message
    assert set(sent(log, JUDGED.name).values()) == {3}


@pytest.mark.parametrize(
    ("roles", "to_readers", "count"),
    [({"reader", "admin"}, True, 3), ({"reader", "admin"}, False, 0), ({"admin"}, True, 0)],
    ids=["a holder of both", "a role of its own", "roles beside each other"],
)
def test_an_identity_with_several_roles_shows_which_is_above(
    roles: set[str],
    to_readers: bool,  # noqa: FBT001
    count: int,
) -> None:
    """The document gives each role operations of its own, and every unknown client has both by default."""
    readers = planned("/r", roles=("reader",))
    both = replace(BOB, roles=frozenset(roles))

    def admits(probe: Probe) -> bool:
        if probe.operation == readers.key:
            return probe.identity in ("alice", "bob") or to_readers
        return probe.identity != "alice"

    findings, _ = check(admits, readers, *ADMIN, identities=(ALICE, both, UNKNOWN, JUDGED))
    assert [finding.rule for finding in findings] == ["role-not-enforced"] * count


def test_an_unknown_client_that_is_admitted_once_is_no_finding() -> None:
    """The admission must repeat."""
    turns = {operation.key: 0 for operation in ADMIN}

    def admits(probe: Probe) -> bool:
        if probe.identity == JUDGED.name and probe.operation in turns:
            turns[probe.operation] += 1
            return turns[probe.operation] == 1
        return admitting(UNKNOWN.name)(probe)

    assert check(admits, READERS, *ADMIN)[0] == []


def test_a_default_role_that_the_document_admits_is_no_drift() -> None:
    """Unknown clients are customers on purpose: auditors may do other things, and not less."""
    customers, auditors = planned("/orders", roles=("customer",)), planned("/audit", roles=("auditor",))
    auditor = replace(ALICE, roles=frozenset({"auditor"}))
    customer = replace(BOB, roles=frozenset({"customer"}))

    def admits(probe: Probe) -> bool:
        known = {"alice": auditors.key, "bob": customers.key}
        return probe.operation == known.get(probe.identity, customers.key)

    findings, log = check(admits, customers, auditors, identities=(auditor, customer, UNKNOWN, JUDGED))
    assert findings == []
    assert sent(log, JUDGED.name).total() == 0


def test_where_every_identity_may_call_an_unknown_client_may_have_the_lowest_role() -> None:
    """No identity is refused: whatever role an unknown client has may be allowed here."""
    findings, _ = check(
        lambda probe: probe.operation == READERS.key or probe.identity == "bob", READERS, *ADMIN
    )
    assert findings == []


def test_a_role_of_several_levels_is_compared_with_what_is_below_it() -> None:
    """Unknown clients are operators, whose operations a reader is refused."""
    everybody = planned("/r", roles=("reader", "operator", "admin"))
    operators = planned("/o", roles=("operator", "admin"))
    findings, _ = check(
        lambda probe: (
            admitting(UNKNOWN.name, JUDGED.name)(probe)
            and not (probe.operation in {one.key for one in ADMIN} and probe.identity != "bob")
        ),
        everybody,
        operators,
        *ADMIN,
        identities=(ALICE, BOB, UNKNOWN, JUDGED),
    )
    assert [str(finding.operation) for finding in findings] == ["GET /o"]
