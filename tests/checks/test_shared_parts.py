"""Operations with roles that admit certificates of no configured identity, and their controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, mistaken_identity, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.drift import Severity
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from tests.checks.plan_builders import ALICE, BOB, context, http, planned, play
from tests.checks.unknown_clients import JUDGED, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

ADMIN, READERS = planned("/admin", roles=("admin",)), planned("/r", roles=("reader", "admin"))
STATS, DENIED, FORBIDDEN, MISSING = http(200, shape="stats"), http(401), http(403), http(404)


def pair(profile: str) -> tuple[ClientIdentity, ClientIdentity]:
    """Return a certificate that imitates bob's names, and its control."""
    name = f"partial-name-{profile}-bob"
    own = replace(
        UNKNOWN, name=name, profile="partial-name", imitates="bob", beside=f"{name}-neutral", about="Partial."
    )
    return own, replace(own, name=own.beside, beside="")


LAST, LAST_TWIN = pair("segment")
ROLE, ROLE_TWIN = pair("segment-2")
FOREIGN, FOREIGN_TWIN = pair("foreign")
SCHEME, SCHEME_TWIN = pair("scheme")
EVERYBODY = (
    ALICE,
    BOB,
    UNKNOWN,
    LAST,
    LAST_TWIN,
    ROLE,
    ROLE_TWIN,
    FOREIGN,
    FOREIGN_TWIN,
    SCHEME,
    SCHEME_TWIN,
)


def conclusions(
    *callers: ClientIdentity,
    identities: tuple[ClientIdentity, ...] = EVERYBODY,
    admits: Callable[[Probe], bool] = lambda _: False,
) -> Conclusions:
    """Return what is concluded about a server that admits bob and these, and alice to what is for readers."""
    names = {BOB.name, *(caller.name for caller in callers)}

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return MISSING
        if probe.identity == ANONYMOUS.name:
            return DENIED
        reads = probe.identity == ALICE.name and probe.operation == READERS.key
        return STATS if reads or probe.identity in names or admits(probe) else FORBIDDEN

    ctx = context(ADMIN, READERS, identities=identities)
    log = play((unknown_path.CHECK, certificate.CHECK, mistaken_identity.CHECK), ctx, server)
    return mistaken_identity.CHECK.judge(ctx, log.classifier())


def test_a_correct_server_has_no_open_points() -> None:
    """It refuses them all."""
    found = conclusions()
    assert (found.findings, found.undecided, found.skipped) == ((), (), ())


def test_a_role_of_a_path_segment_is_noted() -> None:
    """The server refuses an altered segment: it compares the segment as a whole, and means all names below it."""
    found = conclusions(LAST, LAST_TWIN)
    assert (found.findings, found.undecided) == ((), ())
    (note,) = found.skipped
    assert note.kind is SkipReason.ROLE_NOT_CHECKED
    assert f"admit certificates of clients that are not configured ({LAST.name})" in note.reason


@pytest.mark.parametrize(
    "callers",
    [(LAST, LAST_TWIN, ROLE, ROLE_TWIN, FOREIGN, FOREIGN_TWIN), (FOREIGN, FOREIGN_TWIN)],
    ids=["every part is ignored", "nothing in common"],
)
def test_what_nothing_accounts_for_is_undecided(callers: tuple[ClientIdentity, ...]) -> None:
    """The control has no part of the names, or it is not known that the server compares one."""
    found = conclusions(*callers)
    assert found.findings == ()
    assert {str(entry.operation) for entry in found.undecided} == {"GET /admin", "GET /r"}
    assert {entry.kind for entry in found.undecided} == {UndecidedReason.UNEXPLAINED}
    assert FOREIGN.name in found.undecided[0].reason
    assert 'partial-name-foreign = "skip"' in found.undecided[0].how_to_decide


def test_what_is_admitted_once_is_undecided() -> None:
    """The admission does not repeat, and nothing explains it."""
    turns = {ADMIN.key: 0, READERS.key: 0}

    def admits(probe: Probe) -> bool:
        if probe.identity == ROLE.name and probe.operation in turns:
            turns[probe.operation] += 1
            return turns[probe.operation] == 1
        return False

    found = conclusions(admits=admits)
    assert found.findings == ()
    assert {entry.kind for entry in found.undecided} == {UndecidedReason.UNEXPLAINED}


def test_a_finding_is_no_open_point() -> None:
    """The operation is drift then."""
    found = conclusions(ROLE)
    assert {(str(each.operation), each.identity) for each in found.findings} == {
        ("GET /admin", ROLE.name),
        ("GET /r", ROLE.name),
    }
    assert found.undecided == ()


def test_what_hardly_any_ca_issues_hides_no_error() -> None:
    """A warning about the scheme alone, and the error where there is one."""
    warnings = conclusions(SCHEME).findings
    assert {each.severity for each in warnings} == {Severity.WARNING}
    assert all('`partial-name-scheme = "refuse"` under `[battery]`' in each.message for each in warnings)
    assert {each.severity for each in conclusions(SCHEME, FOREIGN).findings} == {None}


@pytest.mark.parametrize(
    ("identities", "count"),
    [((BOB, UNKNOWN, JUDGED), 1), ((BOB, UNKNOWN), 0)],
    ids=["not configured", "unknown-name is skipped"],
)
def test_an_unknown_client_that_is_admitted_is_noted(
    identities: tuple[ClientIdentity, ...], count: int
) -> None:
    """No identity is refused: unknown clients may have the role on purpose."""
    found = conclusions(UNKNOWN, JUDGED, identities=identities)
    assert (found.findings, found.undecided, len(found.skipped)) == ((), (), count)
