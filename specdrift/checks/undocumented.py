"""Looks for what answers and is not in the document: well-known paths, and methods that Allow gives away."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specdrift.checks.base import Check, Conclusions, PlanContext
from specdrift.checks.wordlist import SEVERITY, WORDLIST, Kind
from specdrift.classify.evidence import Evidence, Reader, Seen
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.drift import Severity
from specdrift.model.finding import Finding
from specdrift.model.identity import ANONYMOUS
from specdrift.model.operation import OperationKey
from specdrift.model.probe import Phase, Probe, Request, Reuse
from specdrift.model.result import Undocumented as UndocumentedEndpoint
from specdrift.model.verdict import Confidence

RULE = "undocumented-endpoint"
NOT_OPERATIONS = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})
"""Methods that servers offer by themselves: no statement about the API."""


@dataclass(frozen=True, slots=True)
class UndocumentedCheck:
    """The curated list, and OPTIONS on each documented path."""

    name: str = "undocumented"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each well-known path without a certificate and with a good one; OPTIONS with a good one."""
        for path in candidates(context):
            for caller in _callers(context):
                yield self._probe(context, caller, "GET", path, why=f"is {path} there?")
        for caller in _callers(context)[-1:]:
            unknown = f"{context.base_path}/{context.nonce}"
            yield self._probe(context, caller, "OPTIONS", unknown, why="Allow of a path that does not exist")
            for key, target in _targets(context).items():
                probe = self._probe(context, caller, "OPTIONS", target, why="which methods does Allow name?")
                yield replace(probe, operation=key)

    def _probe(self, context: PlanContext, caller: str, method: str, path: str, *, why: str) -> Probe:
        return Probe(
            check=self.name,
            operation=None,
            identity=caller,
            connection=context.connection(context.tls[0]),
            request=Request(method=method, target=path),
            phase=Phase.MAIN,
            variant=f"{method} {path}",
            why=why,
        )

    def follow_up(self, context: PlanContext, evidence: Evidence) -> Iterator[Probe]:  # noqa: ARG002
        """What answered is asked once more, on a fresh connection."""
        reader = evidence.reader()
        for seen in list(evidence.by_check(self.name)):
            if seen.probe.attempt == 1 and _answers(seen, reader):
                connection = replace(seen.probe.connection, reuse=Reuse.FRESH)
                yield replace(seen.probe, connection=connection, phase=Phase.CONFIRM, attempt=2)

    def judge(self, context: PlanContext, reader: Reader) -> Conclusions:
        """One finding for each path, whoever it answers; one for each undeclared method."""
        asked = dict.fromkeys(seen.probe.variant for seen in reader.evidence.by_check(self.name))
        paths = [variant.removeprefix("GET ") for variant in asked if variant.startswith("GET ")]
        found = [e for e in (_endpoint(path, reader, self.name, context) for path in paths) if e]
        methods = list(_undeclared_methods(reader, self.name, context))
        return Conclusions(
            findings=(*(_finding(endpoint) for endpoint in found), *(_method_finding(m) for m in methods)),
            undocumented=(*found, *methods),
        )


def candidates(context: PlanContext) -> tuple[str, ...]:
    """The listed paths at the root and below the base path, without those that the document has."""
    paths = dict.fromkeys(prefix + path for prefix in ("", context.base_path) for path in WORDLIST)
    documented = {context.base_path + subject.key.path for subject in context.subjects}
    return tuple(p for p in paths if p not in documented and not context.documented("GET", p))


def _callers(context: PlanContext) -> tuple[str, ...]:
    return (ANONYMOUS.name, *(identity.name for identity in context.accepted[:1]))


def _targets(context: PlanContext) -> dict[OperationKey, str]:
    """One operation and request target for each documented path."""
    targets: dict[str, tuple[OperationKey, str]] = {}
    for subject in context.subjects:
        targets.setdefault(subject.key.path, (subject.key, subject.request.target.partition("?")[0]))
    return dict(targets.values())


def _answers(seen: Seen, reader: Reader) -> bool:
    """Whether it is an answer of its own: a success, and not what a path that does not exist gets."""
    http, request = seen.observation.http, seen.probe.request
    if http is None or request is None or request.method != "GET" or not 200 <= http.status < 300:
        return False
    unknown = reader.unknown.get("GET", ())
    return not any(same_answer(http, other) or related_answer(http, other) for other in unknown)


def _endpoint(path: str, reader: Reader, check: str, context: PlanContext) -> UndocumentedEndpoint | None:
    variant = f"GET {path}"
    hits = [
        seen
        for caller in _callers(context)
        for seen in reader.evidence.of(check, None, caller)
        if seen.probe.variant == variant and _answers(seen, reader)
    ]
    confirmed = {seen.probe.identity for seen in hits if seen.probe.attempt > 1}
    if not confirmed or (http := hits[0].observation.http) is None:
        return None
    return UndocumentedEndpoint(
        method="GET",
        path=path,
        kind=kind_of(path, context.base_path).value,
        status=http.status,
        admitted=tuple(caller for caller in _callers(context) if caller in confirmed),
        probes=tuple(seen.probe.id for seen in hits if seen.probe.identity in confirmed),
    )


def kind_of(path: str, base_path: str) -> Kind:
    """The kind of a listed path, wherever it was found."""
    return WORDLIST.get(path) or WORDLIST[path.removeprefix(base_path)]


def _finding(endpoint: UndocumentedEndpoint) -> Finding:
    everybody = ANONYMOUS.name in endpoint.admitted
    who = "anybody, without a certificate" if everybody else "holders of a good certificate"
    return Finding(
        rule=RULE,
        severity=SEVERITY[Kind(endpoint.kind)],
        message=f"GET {endpoint.path} answers {endpoint.status} to {who}, and the document does not have it "
        f"(it {endpoint.kind}).",
        identity=endpoint.admitted[0],
        confidence=Confidence.HIGH,
        probes=endpoint.probes,
        subject=f"GET {endpoint.path}",
    )


def _undeclared_methods(reader: Reader, check: str, context: PlanContext) -> Iterator[UndocumentedEndpoint]:
    """Methods in Allow that the document does not declare, where paths that do not exist get another Allow."""
    declared: dict[str, set[str]] = {}
    for subject in context.subjects:
        declared.setdefault(subject.key.path, set()).add(subject.key.method)
    options = [seen for seen in reader.evidence.by_check(check) if seen.probe.variant.startswith("OPTIONS")]
    blanket = frozenset(
        method for seen in options if seen.probe.operation is None for method in _allowed(seen)
    )
    for seen in options:
        operation = seen.probe.operation
        if operation is None or not (http := seen.observation.http):
            continue
        for method in sorted(_allowed(seen) - declared[operation.path] - blanket - NOT_OPERATIONS):
            yield UndocumentedEndpoint(
                method=method,
                path=operation.path,
                kind=Kind.ADMINISTERS.value,
                status=http.status,
                admitted=(seen.probe.identity,),
                probes=(seen.probe.id,),
            )


def _allowed(seen: Seen) -> frozenset[str]:
    http = seen.observation.http
    return (
        frozenset(m.strip().upper() for m in http.header("allow").split(",") if m.strip())
        if http
        else frozenset()
    )


def _method_finding(endpoint: UndocumentedEndpoint) -> Finding:
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        message=f"The server's Allow header names {endpoint.method} for {endpoint.path}, and the document does not "
        "have that operation.",
        identity=endpoint.admitted[0],
        confidence=Confidence.MEDIUM,
        probes=endpoint.probes,
        subject=f"{endpoint.method} {endpoint.path}",
    )


CHECK: Check = UndocumentedCheck()
