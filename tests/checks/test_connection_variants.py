"""Certificates over connection variants that the main probes do not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.certificate import connection_variants as other_ways
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, TlsRange
from tests.checks.plan_builders import ALICE, OLD, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import Conclusions
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
OK, DENIED, MISSING = http(200), http(403), http(404)


def over_http2(probe: Probe) -> bool:
    """Return whether HTTP/2 was offered."""
    return "h2" in probe.connection.alpn


def over_tls_1_2(probe: Probe) -> bool:
    """Return whether TLS 1.2 was the newest version offered."""
    return probe.connection.tls is TlsRange.ONLY_1_2


def at_the_second_address(probe: Probe) -> bool:
    """Return whether the connection goes to the second address of the host."""
    return probe.connection.endpoint.address == SECOND


def concluded(deviation: Callable[[Probe], bool | None], *paths: str) -> list[Conclusions]:
    """Return the conclusions on a server that is correct except where ``deviation`` admits or refuses."""

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return MISSING
        admitted = deviation(probe)
        return OK if (probe.identity == ALICE.name if admitted is None else admitted) else DENIED

    ctx = context(
        *map(planned, paths or ("/secure",)),
        identities=(ALICE, OLD),
        tls=(TlsRange.ANY, TlsRange.ONLY_1_2),
        alpn=(HTTP_1, HTTP_2),
        addresses=(FIRST, SECOND),
    )
    checks = (unknown_path.CHECK, certificate.CHECK, other_ways.CHECK)
    classifier = play(checks, ctx, server).classifier()
    return [check.judge(ctx, classifier) for check in checks]


def found(deviation: Callable[[Probe], bool | None], *paths: str) -> list[Finding]:
    """Return the findings on such a server."""
    return [finding for each in concluded(deviation, *paths) for finding in each.findings]


@pytest.mark.parametrize(
    ("way", "words"),
    [(over_http2, "over HTTP/2"), (over_tls_1_2, "over TLS 1.2"), (at_the_second_address, f"at {SECOND}")],
)
def test_a_valid_certificate_that_is_refused_over_one_variant_is_a_finding(
    way: Callable[[Probe], bool], words: str
) -> None:
    """The other variants admit it and give the operation its verdict."""
    (finding,) = found(lambda probe: False if probe.identity == ALICE.name and way(probe) else None)
    assert (finding.rule, finding.identity) == ("valid-certificate-refused", ALICE.name)
    assert (
        finding.message
        == f'The valid certificate "alice" is refused {words}, and admitted otherwise: HTTP 403.'
    )


@pytest.mark.parametrize(
    ("way", "words"), [(over_http2, "over HTTP/2"), (at_the_second_address, f"at {SECOND}")]
)
def test_an_invalid_certificate_that_is_admitted_over_one_variant_is_a_finding(
    way: Callable[[Probe], bool], words: str
) -> None:
    """The certificate check probes TLS 1.2 itself."""
    (finding,) = found(lambda probe: True if probe.identity == OLD.name and way(probe) else None)
    assert (finding.rule, finding.identity) == ("invalid-certificate-accepted", OLD.name)
    assert f'"old" is admitted {words}, and refused otherwise' in finding.message


def test_an_invalid_certificate_that_is_admitted_once_leaves_the_operation_undecided() -> None:
    """It is no confirmed finding, and the operation is not consistent either."""

    def first_attempt_of_one(probe: Probe) -> bool | None:
        return True if probe.identity == OLD.name and over_http2(probe) and probe.attempt == 1 else None

    got = concluded(first_attempt_of_one)
    assert [finding for each in got for finding in each.findings] == []
    (entry,) = got[-1].undecided
    assert entry.reason == '"old" is admitted over HTTP/2, and not each time'
    assert concluded(lambda _: None)[-1].undecided == ()


def test_the_same_answer_over_every_variant_is_reported_once() -> None:
    """By the check that probes each operation."""
    assert found(lambda _: None) == []
    admitted = found(lambda probe: True if probe.identity == OLD.name else None)
    assert [finding.rule for finding in admitted] == ["invalid-certificate-accepted"]
    assert "otherwise" not in admitted[0].message
    refused = found(lambda probe: False if probe.identity == ALICE.name else None)
    assert [finding.rule for finding in refused] == ["valid-certificate-refused"]


def test_a_temporary_refusal_is_no_finding() -> None:
    """Only where each repetition is refused as well."""
    asked: list[str] = []

    def once(probe: Probe) -> bool | None:
        if probe.identity != ALICE.name or not over_http2(probe):
            return None
        asked.append(probe.id)
        return len(asked) > 1

    assert found(once) == []
    assert len(asked) == 1 + 2


def test_variants_are_not_compared_where_every_caller_is_admitted() -> None:
    """The admission of the anonymous client is the finding."""
    rules = {
        finding.rule for finding in found(lambda probe: not over_http2(probe) or probe.identity != ALICE.name)
    }
    assert rules == {"mtls-not-enforced"}


def test_the_check_takes_a_few_requests() -> None:
    """Independent of the number of operations; unsafe methods are not sent."""
    operations = [planned(f"/secure{number}") for number in range(50)]
    ctx = context(
        *operations, planned("/write", method="POST"), alpn=(HTTP_1, HTTP_2), addresses=(FIRST, SECOND)
    )
    probes = list(other_ways.CHECK.plan(ctx))
    assert {probe.identity for probe in probes} == {ALICE.name, OLD.name}
    assert len(probes) == other_ways.SAMPLE * 2 + 2
    assert ANONYMOUS.name not in {probe.identity for probe in probes}
    assert not list(other_ways.CHECK.plan(replace(ctx, operations=ctx.operations[-1:])))
