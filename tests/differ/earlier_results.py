"""TEST DATA. Runs that were made or not made, for what may be called fixed."""

from datetime import UTC, datetime

from msgspec.structs import replace

from specdrift.differ.baseline import entry_of
from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import (
    BodyShape,
    Ending,
    HttpFacts,
    Observation,
    TlsFacts,
    WirePhase,
)
from specdrift.model.exchange.probe import Connection, Phase, Probe, ProbeTag
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import OperationResult, ProbeRecord, Result, Suppression, Target
from specdrift.model.result.verdict import Basis, IdentityOutcome, Outcome, Verdict
from specdrift.rules import RULES
from tests.differ.drift_builders import ENDPOINT, GET_ITEM, ITEM, drift, result

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SHOWN = "certificate/GET |items|{id}/anonymous/any/main/1"
OPEN = drift(identity="anonymous", probes=(SHOWN,), fingerprint="1111111111111111")
OF_DOCUMENT = drift(
    rule="duplicate-key", operation=None, probes=(), fingerprint="2222222222222222", subject="/paths/~1a"
)


def outcome(
    identity: str = "anonymous",
    got: Outcome = Outcome.REFUSED_BY_APPLICATION,
    evidence: Basis = Basis.PROBED,
) -> IdentityOutcome:
    """What a caller got."""
    return IdentityOutcome(identity=identity, outcome=got, basis=evidence, probes=("p",))


def judged(
    key: OperationKey = ITEM, *outcomes: IdentityOutcome, verdict: Verdict = Verdict.CONSISTENT
) -> OperationResult:
    """An operation that was judged."""
    return replace(result(key), verdict=verdict, outcomes=outcomes or (outcome(),))


def asked(
    check: str,
    ending: Ending = Ending.RESPONSE,
    *,
    status: int = 401,
    subject: str = "",
    per_subject: bool = False,
    operation: OperationKey | None = ITEM,
    headers: tuple[tuple[str, str], ...] = (),
) -> ProbeRecord:
    """A probe without a certificate, and how it ended."""
    http = HttpFacts(
        status=status,
        http_version="HTTP/1.1",
        headers=headers,
        body_sha256="",
        body_excerpt="",
        length=0,
        truncated=False,
        shape=BodyShape(),
    )
    probe = Probe(
        check=check,
        operation=operation,
        identity="anonymous",
        connection=Connection(endpoint=ENDPOINT),
        request=GET_ITEM,
        phase=Phase.MAIN,
        variant=subject,
        tag=ProbeTag(subject=subject, per_subject=per_subject),
    )
    observation = Observation(
        probe=probe.id,
        ending=ending,
        phase=WirePhase.RESPONSE,
        tls=TlsFacts(),
        http=http if ending is Ending.RESPONSE else None,
    )
    return ProbeRecord(probe=probe, observation=observation, outcome=Outcome.INCONCLUSIVE)


def run(*drifts: Drift, operations: tuple[OperationResult, ...] = (judged(),), **changes: object) -> Result:
    """A run that looked for every rule, and found these drifts."""
    whole = Result(
        tool_version="0",
        run_id="run",
        started_at=NOON,
        finished_at=NOON,
        exit_status=1 if drifts else 0,
        document=DocumentIdentity(source="api.yaml", sha256="0", openapi="3.1.0", title="API"),
        target=Target(base_url="https://api.test:8443"),
        identities=(ANONYMOUS,),
        operations=operations,
        drifts=drifts,
        rules=tuple(RULES),
    )
    return replace(whole, **changes)


def entry(drift_: Drift = OPEN, **changes: object) -> Suppression:
    """The entry of a drift, with a reason."""
    return replace(entry_of(drift_), **({"reason": "the partner moves in June"} | changes))


def identity(name: str, **changes: object) -> ClientIdentity:
    """A caller."""
    return replace(ANONYMOUS, name=name, **changes)
