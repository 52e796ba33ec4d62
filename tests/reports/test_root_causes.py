"""Drifts with one root cause are reported once, with their extent."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content.root_causes import CauseScope, causes
from tests.reports import factory, parts

ADMIN = tuple(parts.operation("GET", f"/admin/{name}", 200 + n, tag="staff") for n, name in enumerate("abc"))
ITEMS = tuple(parts.operation(method, "/items", 300, tag="shop") for method in ("GET", "POST"))
PUBLIC = parts.operation("GET", "/admin/motd", 400, Demand.NOT_REQUIRED)
API = (*ADMIN, *ITEMS, PUBLIC)


def result(
    drifting: Iterable[Operation],
    *,
    everything: tuple[Operation, ...] = API,
    callers: tuple[ClientIdentity, ...] = (ANONYMOUS,),
) -> Result:
    """A run in which these operations admit these callers."""
    broken = tuple(drifting)
    operations = tuple(
        factory.operation_result(
            op, [parts.probe_record(op, ANONYMOUS, Outcome.ADMITTED)], "open" if op in broken else "layered"
        )
        for op in everything
    )
    drifts = tuple(
        parts.drift("invalid-certificate-accepted", op, who, "in") for op in broken for who in callers
    )
    return replace(factory.story(), operations=operations, drifts=drifts)


REACH = {
    "all that require one": ((*ADMIN, *ITEMS), [(CauseScope.EVERYTHING, "", 5)]),
    "all below a path, the public one apart": (ADMIN, [(CauseScope.PREFIX, "/admin", 3)]),
    "a path and one more": (
        (*ADMIN, ITEMS[0]),
        [(CauseScope.PREFIX, "/admin", 3), (CauseScope.SINGLE, "", 1)],
    ),
    "a part of a path": (ADMIN[:2], [(CauseScope.SEVERAL, "", 2)]),
    "one": (ADMIN[:1], [(CauseScope.SINGLE, "", 1)]),
}


@pytest.mark.parametrize("name", REACH)
def test_the_extent_of_a_cause_covers_all_comparable_drifts(name: str) -> None:
    """Forty-two operations with one fault are one cause, with its place."""
    drifting, expected = REACH[name]
    found = [(cause.extent, cause.name, len(cause.operations)) for cause in causes(result(drifting))]
    assert found == expected


def test_tags_and_methods_group_drifts_without_a_common_path() -> None:
    """A router per tag, a guard for GET only."""
    tagged = tuple(parts.operation("GET", f"/{name}", 500, tag="staff") for name in "xy")
    other = tuple(parts.operation("PUT", f"/{name}", 600, tag=name) for name in "vw")
    rest = tuple(parts.operation("GET", f"/{name}", 700, tag="rest") for name in "pq")
    everything = (*tagged, *other, *rest)
    by_tag = causes(result(tagged, everything=everything))
    by_method = causes(result(other, everything=everything))
    assert [(cause.extent, cause.name) for cause in by_tag] == [(CauseScope.TAG, "staff")]
    assert [(cause.extent, cause.name) for cause in by_method] == [(CauseScope.METHOD, "PUT")]


def test_other_callers_are_another_cause() -> None:
    """One operation admits a forged certificate, the other three kinds of them."""
    first = result(ADMIN[:1])
    second = result(ADMIN[1:2], callers=(ANONYMOUS, parts.SELF_SIGNED))
    found = causes(replace(first, drifts=(*first.drifts, *second.drifts)))
    assert [(cause.callers, len(cause.drifts)) for cause in found] == [
        (("anonymous",), 1),
        (("anonymous", "self-signed"), 2),
    ]


def test_a_greater_fault_hides_a_smaller_one() -> None:
    """An admission without a certificate shows nothing about invalid ones."""
    made = result(ADMIN)
    unguarded = tuple(parts.drift("mtls-not-enforced", op, ANONYMOUS, "open") for op in ITEMS)
    extents = {cause.rule: cause.extent for cause in causes(replace(made, drifts=(*made.drifts, *unguarded)))}
    assert extents["invalid-certificate-accepted"] is CauseScope.EVERYTHING


def test_every_drift_is_in_one_cause_and_an_accepted_one_in_none() -> None:
    """Grouping loses and repeats nothing."""
    told = factory.story()
    inside = [drift for cause in causes(told) for drift in cause.drifts]
    assert sorted(map(id, inside)) == sorted(
        id(drift) for drift in told.drifts if drift.status is not DriftStatus.SUPPRESSED
    )


def test_the_order_of_causes_is_that_of_the_drifts() -> None:
    """Worst first; the widest first among the same."""
    found = causes(result((*ADMIN, ITEMS[0])))
    assert [len(cause.operations) for cause in found] == [3, 1]
    assert causes(result((*ADMIN, ITEMS[0]))) == found
