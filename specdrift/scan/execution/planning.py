"""Plans the probes of a run."""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from specdrift.checks.core.base import AlternateEndpoint, Http3, PlanContext, PlannedOperation
from specdrift.checks.effects import effect
from specdrift.crawler.omission.available import can_omit_messages
from specdrift.crawler.openssl.s_client import openssl
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Phase, Probe, TlsRange
from specdrift.model.policy import UnsafeMethods
from specdrift.scan.execution import body_trials, value_trials
from specdrift.scan.execution.learning import first_lessons
from specdrift.scan.execution.opening.preflight import first_probes
from specdrift.scan.execution.opening.unauthenticated import requests_without_certificate
from specdrift.scan.first_shard import is_first
from specdrift.scan.issuers.reading import metadata_probes
from specdrift.scan.preparation import alternate_endpoints as endpoints
from specdrift.scan.preparation.callers import callers_from_server, short_lived_callers
from specdrift.scan.preparation.http3_endpoint import http3_of
from specdrift.scan.preparation.run import Run
from specdrift.scan.preparation.target import wire_name

SAFE = frozenset({"", "GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
"""Safe methods (RFC 9110 §9.2.1), and no method."""


def plan(run: Run) -> tuple[Probe, ...]:
    """Return the planned probes, in the order of their phases, without sending any.

    Follow-ups depend on responses and are not among them. The server is assumed to support both TLS versions and
    HTTP/2 on one address.
    """
    run = replace(run, identities={**run.identities, **_identities_of_run(run)})
    context = context_of(run, tls=assumed_ranges(run), alpn=(HTTP_1, HTTP_2))
    return (
        *first_probes(run, [run.endpoint.address]),
        *requests_without_certificate(run, run.endpoint),
        *first_lessons(run),
        *metadata_probes(run),
        *planned(run, context),
    )


def _identities_of_run(run: Run) -> Mapping[str, ClientIdentity]:
    """Return the identities generated during a run. A client certificate stands in for the server's."""
    if run.factory is None:
        return {}
    stand_in = run.factory.victim.leaf.public_bytes(Encoding.DER)
    short_lived = short_lived_callers(run.factory, run.identities.values(), now=run.factory.now)
    return {**callers_from_server(run.factory, stand_in, run.policies).identities, **short_lived.identities}


def planned(run: Run, context: PlanContext) -> tuple[Probe, ...]:
    """Return the probes of all checks, by wave and phase; within a phase in the order of the checks."""
    every = (probe for check in run.checks for probe in check.plan(context))
    probes = {probe.id: probe for probe in every if is_possible(probe, context)}
    return tuple(sorted(probes.values(), key=lambda probe: (wave_of(probe), probe.phase)))


def is_possible(probe: Probe, context: PlanContext) -> bool:
    """Return whether a probe can be sent as it is: HTTP/2 has no Upgrade (RFC 9113 §8.6)."""
    over_http2 = probe.connection.alpn == HTTP_2 and HTTP_1 in context.alpn
    return not (over_http2 and probe.request is not None and probe.request.upgrades)


def context_of(
    run: Run,
    *,
    tls: tuple[TlsRange, ...],
    addresses: tuple[str, ...] = (),
    alpn: tuple[tuple[str, ...], ...] = (HTTP_1,),
    alternate_endpoints: tuple[AlternateEndpoint, ...] | None = None,
    http3: Http3 | None = None,
    certified_names: tuple[str, ...] = (),
) -> PlanContext:
    """Return the input of the checks.

    ``addresses`` are those that answer, the main one first; ``alternate_endpoints`` and ``http3`` are resolved
    (``None``: as configured).
    """
    return PlanContext(
        operations=tuple(_without_heads(run.operations) if HTTP_1 not in alpn else run.operations),
        identities=run.identities,
        endpoint=replace(run.endpoint, address=addresses[0] if addresses else run.endpoint.address),
        base_path=run.base_path,
        documented=run.lookups.documented,
        nonce=f"specdrift-{run.run_id}",
        tls=tls,
        addresses=addresses,
        alpn=alpn,
        rules=run.rules,
        declared=frozenset(operation.key for operation in run.contract.operations),
        alternate_endpoints=endpoints.alternate_endpoints(run)
        if alternate_endpoints is None
        else alternate_endpoints,
        names=tuple(map(wire_name, run.server.names)),
        certified_names=certified_names,
        early_data=openssl() is not None,
        omits_messages=can_omit_messages(),
        http3=http3 or http3_of(run),
        prior_sessions={name: session.tls for name, session in run.older_sessions.items()},
        revoked_within={name: one.within for name, one in run.revocations.items()},
        issuers=run.issuer_metadata,
        public_cas=run.public_cas,
        candidates=run.candidates,
        only_changed=run.only_changed,
        added=run.added,
        with_wordlist=is_first(run.shard),
        names_certificates=run.contract.names_certificates,
        exhaustive=run.exhaustive,
        only_safe=run.only_safe,
        bodies=lambda planned: body_trials.representations(run, planned),
        absent=lambda planned: value_trials.absent(run, planned),
    )


def _without_heads(subjects: Iterable[PlannedOperation]) -> Iterator[PlannedOperation]:
    """A head without its body is sent over HTTP/1.1 only; a listener that speaks HTTP/2 alone gets handshakes."""
    for planned in subjects:
        heads = planned.mode is UnsafeMethods.HEADERS
        yield replace(planned, mode=UnsafeMethods.HANDSHAKE) if heads else planned


def assumed_ranges(run: Run) -> tuple[TlsRange, ...]:
    """Return the TLS ranges that the configuration allows: the server's preference first, then TLS 1.2 alone."""
    server = run.server
    both = server.tls_min == "1.2" and server.tls_max == "1.3"
    return (TlsRange.ANY, TlsRange.ONLY_1_2) if both else (TlsRange.ANY,)


class Wave(IntEnum):
    """Order of requests by their side effects. A wave and its follow-ups end before the next one begins: a deleted
    resource must not look like a rejection.
    """

    READS = 0
    WRITES = 1
    EFFECTS = 2
    """Writes whose result is read: no other write comes between."""
    REMOVALS = 3


def wave_of(probe: Probe) -> Wave:
    """Return the wave of a probe, by its check, and by the methods of its requests and of its operation."""
    if probe.check == effect.CHECK.name:
        return Wave.EFFECTS
    request, operation = probe.request, probe.operation
    own, sent = operation.method if operation else "", request.method if request else ""
    first = probe.priming.method if probe.priming else ""
    if "DELETE" in (own, sent, first):
        return Wave.REMOVALS
    return Wave.READS if SAFE.issuperset((own, sent, first)) else Wave.WRITES


def by_phase(probes: tuple[Probe, ...]) -> dict[Phase, list[Probe]]:
    """Group probes by phase, in sending order."""
    phases: dict[Phase, list[Probe]] = {}
    for probe in probes:
        phases.setdefault(probe.phase, []).append(probe)
    return phases
