"""Certificates by the ways in that their main requests do not take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.certificate import connection_variants as other_ways
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, TlsRange
from tests.checks.world import ALICE, OLD, context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe
    from specdrift.model.result.finding import Finding

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
OK, DENIED, MISSING = http(200), http(403), http(404)


def over_http2(probe: Probe) -> bool:
    """HTTP/2 was offered."""
    return "h2" in probe.connection.alpn


def over_tls_1_2(probe: Probe) -> bool:
    """Nothing newer was offered."""
    return probe.connection.tls is TlsRange.ONLY_1_2


def at_the_second_address(probe: Probe) -> bool:
    """The host has two."""
    return probe.connection.endpoint.address == SECOND


def found(odd: Callable[[Probe], bool | None], *paths: str) -> list[Finding]:
    """What is found on a correct server but for what ``odd`` lets in, or keeps out."""

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return MISSING
        admitted = odd(probe)
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
    return [finding for check in checks for finding in check.judge(ctx, classifier).findings]


@pytest.mark.parametrize(
    ("way", "words"),
    [(over_http2, "over HTTP/2"), (over_tls_1_2, "over TLS 1.2"), (at_the_second_address, f"at {SECOND}")],
)
def test_a_valid_certificate_that_is_refused_over_one_variant(
    way: Callable[[Probe], bool], words: str
) -> None:
    """The others let it in: the verdict of the operation is theirs, and this is a drift."""
    (finding,) = found(lambda probe: False if probe.identity == ALICE.name and way(probe) else None)
    assert (finding.rule, finding.identity) == ("valid-certificate-refused", ALICE.name)
    assert (
        finding.message
        == f'The valid certificate "alice" is refused {words}, and admitted otherwise: HTTP 403.'
    )


@pytest.mark.parametrize(
    ("way", "words"), [(over_http2, "over HTTP/2"), (at_the_second_address, f"at {SECOND}")]
)
def test_a_invalid_certificate_that_is_admitted_over_one_variant(
    way: Callable[[Probe], bool], words: str
) -> None:
    """TLS 1.2 is asked by the certificate check itself."""
    (finding,) = found(lambda probe: True if probe.identity == OLD.name and way(probe) else None)
    assert (finding.rule, finding.identity) == ("invalid-certificate-accepted", OLD.name)
    assert f'"old" is admitted {words}, and refused otherwise' in finding.message


def test_what_is_alike_over_every_variant_is_reported_once() -> None:
    """By the check that asks each operation."""
    assert found(lambda _: None) == []
    admitted = found(lambda probe: True if probe.identity == OLD.name else None)
    assert [finding.rule for finding in admitted] == ["invalid-certificate-accepted"]
    assert "otherwise" not in admitted[0].message
    refused = found(lambda probe: False if probe.identity == ALICE.name else None)
    assert [finding.rule for finding in refused] == ["valid-certificate-refused"]


def test_a_refusal_that_does_not_last_is_none() -> None:
    """Only where each repetition is refused as well."""
    asked: list[str] = []

    def once(probe: Probe) -> bool | None:
        if probe.identity != ALICE.name or not over_http2(probe):
            return None
        asked.append(probe.id)
        return len(asked) > 1

    assert found(once) == []
    assert len(asked) == 1 + 2


def test_where_nobody_is_kept_out_there_is_nothing_to_compare() -> None:
    """The anonymous caller is admitted: that is what is to be said."""
    rules = {
        finding.rule for finding in found(lambda probe: not over_http2(probe) or probe.identity != ALICE.name)
    }
    assert rules == {"mtls-not-enforced"}


def test_it_takes_a_few_requests() -> None:
    """However many operations there are; those that may change something are left alone."""
    operations = [planned(f"/secure{number}") for number in range(50)]
    ctx = context(
        *operations, planned("/write", method="POST"), alpn=(HTTP_1, HTTP_2), addresses=(FIRST, SECOND)
    )
    probes = list(other_ways.CHECK.plan(ctx))
    assert {probe.identity for probe in probes} == {ALICE.name, OLD.name}
    assert len(probes) == other_ways.SAMPLE * 2 + 2
    assert ANONYMOUS.name not in {probe.identity for probe in probes}
    assert not list(other_ways.CHECK.plan(replace(ctx, operations=ctx.operations[-1:])))
