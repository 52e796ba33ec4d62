"""The suspected layer, from outcomes of the same caller on other operations."""

import pytest
from msgspec.structs import replace

from specdrift.model.contract.operation import Operation
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.result import ProbeRecord, Result
from specdrift.model.result.verdict import Outcome
from specdrift.reports.content.root_causes import causes
from specdrift.reports.html.view.findings.request_path import request_path
from specdrift.reports.html.view.findings.suspected_layer import LayerEvidence
from tests.reports import factory, parts

OPEN, OTHER = parts.OPERATIONS[:2]
IN, APPLICATION, TLS = Outcome.ADMITTED, Outcome.REFUSED_BY_APPLICATION, Outcome.REFUSED_IN_TLS


def run(rule: str, who: ClientIdentity, here: Outcome, there: Outcome, *, asked: bool = True) -> Result:
    """One operation with a drift of this caller, and another one."""
    records = {
        op.key: [exchange(op, who, outcome, asked=asked), exchange(op, parts.ALICE, IN, asked=asked)]
        for op, outcome in ((OPEN, here), (OTHER, there))
    }
    return replace(
        factory.story(),
        operations=tuple(factory.operation_result(op, records[op.key], "layered") for op in (OPEN, OTHER)),
        probes=tuple(record for group in records.values() for record in group),
        drifts=(parts.drift(rule, OPEN, who, "x", records[OPEN.key][:1]),),
    )


def exchange(op: Operation, who: ClientIdentity, outcome: Outcome, *, asked: bool) -> ProbeRecord:
    """An exchange; the listener asks for a certificate, or does not."""
    record = parts.probe_record(op, who, outcome, 200 if outcome is IN else 401)
    tls = replace(record.observation.tls, certificate_requested=asked)
    return replace(record, observation=replace(record.observation, tls=tls))


def guess(result: Result) -> str:
    """What is suspected of its only cause."""
    (cause,) = causes(result)
    return LayerEvidence(result).suspected(cause)


MISSING, INVALID = "mtls-not-enforced", "invalid-certificate-accepted"
GUESSES = {
    "others look": (
        run(MISSING, ANONYMOUS, IN, APPLICATION),
        "The guard of the routes: it rejected anonymous",
    ),
    "the listener refuses elsewhere": (
        run(MISSING, ANONYMOUS, IN, TLS),
        "The listener: it rejected anonymous in TLS",
    ),
    "no check": (
        run(MISSING, ANONYMOUS, IN, IN),
        "The guard: the listener requests a certificate and accepts",
    ),
    "no request": (
        run(MISSING, ANONYMOUS, IN, IN, asked=False),
        "The listener: it never requests a client certificate",
    ),
    "no verification": (
        run(INVALID, parts.SELF_SIGNED, IN, IN),
        "The certificate verification of the listener: it accepts self-signed and does not check the issuer",
    ),
    "too strict a listener": (
        run("mtls-over-enforced", ANONYMOUS, TLS, TLS),
        "The listener: it requires a certificate",
    ),
    "too wide a guard": (
        run("mtls-over-enforced", ANONYMOUS, APPLICATION, IN),
        "The guard: it also covers this",
    ),
    "a CA that is missing": (
        run("valid-certificate-refused", parts.BOB, TLS, IN),
        "The listener: its client CA",
    ),
    "a handler": (
        run("valid-certificate-refused", parts.BOB, APPLICATION, IN),
        "The guard or the handler: TLS accepted",
    ),
    "a header": (run("forwarded-certificate-trusted", ANONYMOUS, IN, IN), "The guard: it trusts a header"),
}


@pytest.mark.parametrize("name", GUESSES)
def test_the_layer_is_inferred_from_other_operations(name: str) -> None:
    """A reviewer starts there."""
    result, expected = GUESSES[name]
    assert guess(result).startswith(expected)


def test_a_server_that_refuses_every_caller_gives_no_layer() -> None:
    """A broken back end is no guard."""
    result = run(MISSING, ANONYMOUS, IN, APPLICATION)
    broken = replace(
        result.operations[1],
        outcomes=tuple(o for o in result.operations[1].outcomes if o.outcome is APPLICATION),
    )
    assert "accepts connections without one" in guess(
        replace(result, operations=(result.operations[0], broken))
    )


def test_a_refusal_in_tls_is_drawn_at_the_listener() -> None:
    """And the control reaches the handler."""
    result = run("valid-certificate-refused", parts.BOB, TLS, IN)
    (cause,) = causes(result)
    drawn = request_path(cause, LayerEvidence(result), result.probes[1], name="x")
    assert drawn is not None
    assert [lane.ended for lane in drawn.lanes] == [
        "rejected by the listener, alert unknown_ca",
        "reached the handler, HTTP 200",
    ]
    assert [name for name, place in drawn.stations if place == drawn.lanes[0].to] == ["listener"]


def test_an_inconclusive_outcome_is_not_drawn() -> None:
    """A timeout has no place in the path of the request."""
    result = run(MISSING, ANONYMOUS, Outcome.UNREACHABLE, IN)
    (cause,) = causes(result)
    assert request_path(cause, LayerEvidence(result), None, name="x") is None
    assert guess(result) == ""


UNTRUSTED = replace(parts.SELF_SIGNED, name="untrusted-issuer", profile="untrusted-issuer")
EXPIRED = replace(parts.SELF_SIGNED, name="expired", profile="expired")


def accepted(who: ClientIdentity, *, refused: ClientIdentity) -> Result:
    """One invalid certificate is admitted everywhere, another one is refused."""
    found = run(INVALID, who, IN, IN)
    others = [exchange(op, refused, TLS, asked=True) for op in (OPEN, OTHER)]
    operations = []
    for item, other in zip(found.operations, others, strict=True):
        own = [record for record in found.probes if record.probe.operation == item.operation.key]
        operations.append(factory.operation_result(item.operation, [*own, other], "layered"))
    return replace(
        found,
        identities=(*found.identities, UNTRUSTED, EXPIRED),
        operations=tuple(operations),
        probes=(*found.probes, *others),
    )


def test_signatures_are_not_called_unchecked_where_untrusted_issuers_are_refused() -> None:
    """The diagnosis follows from the refusals of this run."""
    assert guess(accepted(EXPIRED, refused=UNTRUSTED)) == (
        "The certificate verification of the listener: it accepts expired and does not check the validity period. It "
        "checks the issuer's signature: it rejected untrusted-issuer."
    )
    assert guess(accepted(parts.SELF_SIGNED, refused=UNTRUSTED)) == (
        "The certificate verification of the listener: it accepts self-signed, although it checks the issuer's "
        "signature: it rejected untrusted-issuer."
    )


def test_a_refusal_for_a_role_is_no_guard_of_certificates() -> None:
    """The other operation refuses a valid certificate too: what it decides by is not whether there is one."""
    found = run(INVALID, parts.SELF_SIGNED, IN, APPLICATION)
    bob = exchange(OTHER, parts.BOB, APPLICATION, asked=True)
    own = [record for record in found.probes if record.probe.operation == OTHER.key]
    other = factory.operation_result(OTHER, [*own, bob], "layered")
    by_role = replace(found, operations=(found.operations[0], other), probes=(*found.probes, bob))
    assert guess(found).startswith("The guard of the routes")
    assert guess(by_role).startswith("The certificate verification of the listener")


def test_a_refused_role_is_not_blamed_on_the_certificates_guard() -> None:
    """The application admits another valid certificate on the same operation, which has roles."""
    admin = replace(OPEN, allow_roles=frozenset({"admin"}))
    found = run("valid-certificate-refused", parts.BOB, APPLICATION, IN)
    item = replace(found.operations[0], operation=admin)
    assert guess(replace(found, operations=(item, found.operations[1]))) == (
        "The check of roles: the application admits another valid certificate here, and not bob."
    )
