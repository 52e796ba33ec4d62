"""Says what a run establishes about the requirements of a standard. Pure.

A requirement is never reported as fulfilled. "No violation found" needs a complete run, every operation decided, no
skipped operation of the rule's checks, and answers of those callers whose requests show that the rule was looked for.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from cryptography import x509
from msgspec.structs import replace

from specdrift.checks import CHECKS
from specdrift.checks.core.base import GUARDED_DEMANDS
from specdrift.checks.credentials import revoked, revoked_session
from specdrift.classify.check_names import CERTIFICATE
from specdrift.differ.judged import ANSWERED
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity, IdentityKind
from specdrift.model.plural import plural, with_verb
from specdrift.model.policy import Expect, ProfilePolicy
from specdrift.model.result.drift import Drift
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import ProbeRecord, Result, Skipped
from specdrift.model.result.setting import Setting
from specdrift.model.result.traceability import (
    IdentityField,
    Traceability,
    TracedRequirement,
    TracedRule,
    TraceStatus,
)
from specdrift.pki.battery import PROFILES
from specdrift.pki.battery.profile import Detector, Norm
from specdrift.pki.inspection.role_fields import role_fields
from specdrift.rules import rule_of
from specdrift.rules.rule import Prober
from specdrift.rules.standards import STANDARD_PROFILES
from specdrift.rules.standards.standard_profile import StandardProfile, StandardRequirement

_FAMILY_OF_CHECK: Mapping[str, str] = {revoked.NAME: "revoked", revoked_session.NAME: "revoked"}
"""Checks whose configured identities are in a family of certificate profiles."""
KEY = "profile"
"""The setting that names the standard."""


def standard_of(settings: Mapping[str, Setting]) -> StandardProfile | None:
    """Return the standard that the settings of a run name."""
    named = settings.get(KEY)
    return STANDARD_PROFILES.get(str(named.value)) if named else None


def traced(result: Result) -> Result:
    """Return the result with its traceability, if a standard is set."""
    standard = standard_of(result.settings)
    if standard is None:
        return result
    run = _Run(result)
    former = result.traceability.fields if result.traceability else ()
    trace = Traceability(
        profile=standard.name,
        title=standard.title,
        edition=standard.edition,
        url=standard.url,
        note=standard.note,
        requirements=tuple(_requirement(one, run) for one in standard.requirements),
        fields=tuple(_fields(result.identities, standard)) or former,
    )
    return replace(result, traceability=trace)


def raised(drifts: Iterable[Drift], standard: StandardProfile | None) -> tuple[Drift, ...]:
    """Return the drifts with the severities that the standard requires at least."""
    return tuple(_raised(drift, standard) if standard else drift for drift in drifts)


def _raised(drift: Drift, standard: StandardProfile) -> Drift:
    least = standard.least_severity(drift.rule, _family(drift.profile))
    return drift if least is None or least.rank <= drift.severity.rank else replace(drift, severity=least)


def _requirement(one: StandardRequirement, run: "_Run") -> TracedRequirement:
    rules = tuple(run.traced(rule, one.certificates) for rule in one.rules)
    return TracedRequirement(
        id=one.id,
        text=one.text,
        coverage=one.coverage.value,
        how=one.how,
        status=_worst(rule.status for rule in rules),
        rules=rules,
    )


def _worst(found: Iterable[TraceStatus]) -> TraceStatus:
    present = set(found)
    return next((status for status in TraceStatus if status in present), TraceStatus.NOT_PROBED)


def _family(profile: str | None) -> str:
    known = PROFILES.get(profile or "")
    return known.family if known else ""


def _fields(identities: Iterable[ClientIdentity], standard: StandardProfile) -> Iterator[IdentityField]:
    """Yield the fields of configured certificates. Identities of a stored result have no certificate."""
    for identity in identities:
        der = identity.certificate.der if identity.certificate else b""
        if identity.kind is IdentityKind.CONFIGURED and der:
            for field, values in role_fields(x509.load_der_x509_certificate(der), standard.fields):
                yield IdentityField(identity=identity.name, field=field.value, values=values)


class _Run:
    """Tells for one run whether a rule was looked for on all operations."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._identities = {identity.name: identity for identity in result.identities}
        self._checks: dict[str, set[str]] = {}
        for check in CHECKS:
            for rule in check.rules:
                self._checks.setdefault(rule, set()).add(check.name)

    def traced(self, rule: str, families: tuple[str, ...]) -> TracedRule:
        """Return what the run says about a rule; with ``families`` only about certificates of these families."""
        drifts = tuple(
            drift.fingerprint
            for drift in self._result.drifts
            if drift.rule == rule and (not families or self._families(drift) & set(families))
        )
        if drifts:
            return TracedRule(rule=rule, status=TraceStatus.VIOLATED, drifts=drifts)
        reason = next(self._obstacles(rule, families), "")
        status = TraceStatus.NOT_ESTABLISHED if reason else TraceStatus.NO_VIOLATION_FOUND
        return TracedRule(rule=rule, status=status, reason=reason)

    def _obstacles(self, rule: str, families: Collection[str]) -> Iterator[str]:
        """Yield why the run does not establish that there is no violation."""
        if rule not in self._result.rules:
            yield "its check did not run"
        yield from self._incomplete()
        checks, prober = self._checks.get(rule, set()), rule_of(rule).prober
        if left_out := [entry for entry in self._result.skipped if _concerns(entry, checks, prober)]:
            more = f" (and {len(left_out) - 1:,} more)" if len(left_out) > 1 else ""
            yield f"skipped: {left_out[0].reason}{more}"
        yield from self._unanswered(checks, prober, families)

    def _incomplete(self) -> Iterator[str]:
        """Yield why the run says nothing about some operations."""
        result = self._result
        if result.problem is not None:
            yield result.problem.text
        if result.stop_reason is not None:
            yield "the run stopped early"
        if shard := result.setting("shard"):
            yield f"this is part {shard} of the operations"
        if not self._guarded:
            yield "the document requires a client certificate for no operation"
        if undecided := len({entry.operation for entry in result.undecided}):
            yield with_verb(undecided, "operation", "is", "are") + " undecided"

    def _unanswered(
        self, checks: Collection[str], prober: Prober, families: Collection[str]
    ) -> Iterator[str]:
        """Yield which requests or certificates are missing."""
        asked = [record for record in self._result.probes if self._shows(record, checks, prober, families)]
        if not asked:
            yield "no request of this run tests it"
        if silent := sum(record.observation.ending not in ANSWERED for record in asked):
            yield f"{plural(silent, 'request')} got no answer"
        tried = {self._caller(record).profile for record in asked}
        if missing := [name for name in _required(prober, families) if name not in tried]:
            yield f"certificates not tried: {', '.join(missing)}"

    @cached_property
    def _guarded(self) -> bool:
        return any(item.operation.requirement.demand in GUARDED_DEMANDS for item in self._result.operations)

    def _shows(
        self, record: ProbeRecord, checks: Collection[str], prober: Prober, families: Collection[str]
    ) -> bool:
        """Return whether an exchange tests a rule: by its check, its caller and the caller's certificate."""
        if prober is Prober.HANDSHAKE:
            return bool(record.observation.tls.version)
        return (
            record.probe.check in checks
            and _is(self._caller(record), prober)
            and (not families or self._record_family(record) in families)
        )

    def _families(self, drift: Drift) -> set[str]:
        """Return the families of the certificates that a drift is about."""
        records = (self._records[probe] for probe in drift.probes if probe in self._records)
        return {_family(drift.profile), *(_FAMILY_OF_CHECK.get(record.probe.check, "") for record in records)}

    def _record_family(self, record: ProbeRecord) -> str:
        return _FAMILY_OF_CHECK.get(record.probe.check) or _family(self._caller(record).profile)

    @cached_property
    def _records(self) -> Mapping[str, ProbeRecord]:
        return {record.probe.id: record for record in self._result.probes}

    def _caller(self, record: ProbeRecord) -> ClientIdentity:
        return self._identities.get(record.probe.identity, ANONYMOUS)


def _concerns(entry: Skipped, checks: Collection[str], prober: Prober) -> bool:
    """Return whether something that was skipped concerns a rule of these checks.

    What the certificate check skips on no operation are generated certificates; ``_required`` tells which are missing.
    """
    if entry.check == CERTIFICATE and entry.operation is None:
        return prober in _NORMS and entry.kind is SkipReason.CONTROL_REFUSED
    return not entry.check or entry.check in checks


_NORMS: Mapping[Prober, Norm] = {Prober.INVALID: Norm.MUST, Prober.POLICY: Norm.POLICY}


def _required(prober: Prober, families: Collection[str]) -> Iterator[str]:
    """Yield the certificate profiles without which nothing is said about all certificates of a kind."""
    for profile in PROFILES.values():
        if (
            profile.norm is _NORMS.get(prober)
            and profile.detector is Detector.VERIFIER
            and profile.default_policy is ProfilePolicy.REFUSE
            and (not families or profile.family in families)
        ):
            yield profile.name


def _is(who: ClientIdentity, prober: Prober) -> bool:
    anonymous = who.kind is IdentityKind.ANONYMOUS
    match prober:
        case Prober.ANYONE | Prober.HANDSHAKE:
            return True
        case Prober.ANONYMOUS:
            return anonymous
        case Prober.INVALID:
            return who.expect is Expect.REFUSED and not (anonymous or who.refused_by_policy)
        case Prober.POLICY:
            return who.refused_by_policy
        case Prober.VALID:
            return who.expect is Expect.ACCEPTED
