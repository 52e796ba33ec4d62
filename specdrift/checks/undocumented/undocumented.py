"""Looks for what answers and is not in the document.

The curated list, siblings of declared paths, what the owner's feeds speak of, and methods that Allow gives away. Each
is asked without a certificate and with a good one, and held against paths beside it that do not exist.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from specdrift.checks.certificate.unknown_path import methods, unknown_paths
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext
from specdrift.checks.undocumented.answers import Told, told, withheld
from specdrift.checks.undocumented.candidates import EndpointCandidate, fed, listed
from specdrift.checks.undocumented.findings import RULE, Discovery, endpoint_of, finding_of
from specdrift.checks.undocumented.methods import method_finding, undeclared_methods
from specdrift.checks.undocumented.siblings import siblings
from specdrift.classify.exchange_log import Classifier, Exchange, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Phase, Probe, Request, Reuse

Index = Mapping[tuple[str, str], Sequence[Exchange]]
"""Exchanges of the check by identity and variant."""


MOST_OTHERS = 3


@dataclass(frozen=True, slots=True)
class UndocumentedCheck:
    """Every candidate, and OPTIONS on each documented path."""

    name: str = "undocumented"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each candidate without a certificate and with a good one; OPTIONS with a good one."""
        for candidate in candidates(context):
            for caller in callers(context, candidate):
                request = candidate.request(caller)
                yield self._probe(context, caller, request, candidate.variant, why=candidate.why)
        for caller in _callers(context)[-1:]:
            unknown = Request(method="OPTIONS", target=f"{context.base_path}/{context.nonce}")
            why = "Allow of a path that does not exist"
            yield self._probe(context, caller, unknown, f"OPTIONS {unknown.target}", why=why)
            for key, target in _targets(context).items():
                request = Request(method="OPTIONS", target=target)
                probe = self._probe(
                    context, caller, request, f"OPTIONS {target}", why="which methods does Allow name?"
                )
                yield replace(probe, operation=key)

    def _probe(self, context: PlanContext, caller: str, request: Request, variant: str, *, why: str) -> Probe:
        return Probe(
            check=self.name,
            operation=None,
            identity=caller,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant=variant,
            why=why,
        )

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """What answered is asked once more, on a fresh connection, and so are paths beside it that do not exist."""
        reader = evidence.reader()
        index = self._index(context, evidence)
        for candidate in candidates(context):
            controls = _controls(candidate, context, reader, index)
            for caller in (*callers(context, candidate), *_others(context)):
                for seen in index.get((caller, candidate.variant), ()):
                    if seen.probe.attempt > 1:
                        continue
                    good = caller != ANONYMOUS.name
                    tells = told(candidate, seen, controls, good=good)
                    if tells:
                        yield from self._again(context, candidate, seen.probe)
                    if tells or (good and withheld(candidate, seen, controls)):
                        yield from self._as_others(context, candidate)

    def _as_others(self, context: PlanContext, candidate: EndpointCandidate) -> Iterator[Probe]:
        """What is there, as those whom it may be for as well."""
        for caller in _others(context) if candidate.sent in SAFE_METHODS - {"OPTIONS"} else ():
            request = candidate.request(caller)
            why = f"whom {candidate.path} answers"
            probe = self._probe(context, caller, request, candidate.variant, why=why)
            yield replace(probe, phase=Phase.CONFIRM)

    def _again(self, context: PlanContext, candidate: EndpointCandidate, probe: Probe) -> Iterator[Probe]:
        fresh = replace(
            probe,
            connection=replace(probe.connection, reuse=Reuse.FRESH),
            phase=Phase.CONFIRM,
            attempt=2,
            why="the same once more, on a fresh connection",
        )
        if candidate.sent in SAFE_METHODS:
            yield fresh
        known = unknown_paths(context) if candidate.sent in methods(context) else ()
        for control in candidate.controls:
            there = control in known or context.documented(candidate.sent, control)
            if not there and probe.request is not None:
                yield replace(
                    fresh,
                    request=replace(probe.request, target=control),
                    variant=_beside(candidate, control),
                    why=f"how a path that does not exist is answered beside {candidate.path}",
                )

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each endpoint, whoever it answers; one for each undeclared method."""
        index = self._index(context, reader.evidence)
        found: dict[tuple[str, str], Discovery] = {}
        for candidate in candidates(context):
            discovery = self._discovery(candidate, context, reader, index)
            if discovery is not None:
                found.setdefault((candidate.method, candidate.path), discovery)
        options = [
            seen for seen in reader.evidence.by_check(self.name) if seen.probe.variant.startswith("OPTIONS")
        ]
        offered = list(undeclared_methods(context, options))
        return Conclusions(
            findings=(*map(finding_of, found.values()), *map(method_finding, offered)),
            undocumented=(*map(endpoint_of, found.values()), *offered),
        )

    def _discovery(
        self, candidate: EndpointCandidate, context: PlanContext, reader: Classifier, index: Index
    ) -> Discovery | None:
        """What is to be said of a candidate; ``None`` for one that does not answer, or not twice."""
        controls = _controls(candidate, context, reader, index)
        if not controls:
            return None
        hits: dict[str, list[tuple[Exchange, Told]]] = {}
        for caller in (*callers(context, candidate), *_others(context)):
            good = caller != ANONYMOUS.name
            pairs = [
                (seen, got)
                for seen in index.get((caller, candidate.variant), ())
                if (got := told(candidate, seen, controls, good=good))
            ]
            if pairs and (candidate.sent not in SAFE_METHODS or len(pairs) > 1):
                hits[caller] = pairs
        return Discovery(candidate=candidate, hits=hits, context=context) if hits else None

    def _index(self, context: PlanContext, evidence: ExchangeLog) -> Index:
        index: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
        for caller in (*_callers(context), *_others(context)):
            for seen in evidence.of(self.name, None, caller):
                index[caller, seen.probe.variant].append(seen)
        return index


def candidates(context: PlanContext) -> tuple[EndpointCandidate, ...]:
    """All that is looked for, without what the document has: each request once for each method that it tells of."""
    documented = {context.base_of(subject) + subject.key.path for subject in context.subjects}
    curated = listed(context) if context.curated else ()
    at_large = () if context.narrowed else (*curated, *siblings(context))
    unique = {
        (one.method, one.variant): one
        for one in reversed((*fed(context), *at_large))
        if one.method != "GET" or (one.target not in documented and not context.documented("GET", one.target))
    }
    return tuple(unique.values())[::-1]


def callers(context: PlanContext, candidate: EndpointCandidate) -> tuple[str, ...]:
    """Who asks: OPTIONS is often let through for everybody, and tells enough to one."""
    return _callers(context)[-1:] if candidate.sent == "OPTIONS" else _callers(context)


def _callers(context: PlanContext) -> tuple[str, ...]:
    return (ANONYMOUS.name, *(identity.name for identity in context.accepted[:1]))


def _others(context: PlanContext) -> tuple[str, ...]:
    """The other good identities, who are asked about what is there: it may be there for their roles alone."""
    return tuple(identity.name for identity in context.accepted[1 : 1 + MOST_OTHERS])


def _beside(candidate: EndpointCandidate, control: str) -> str:
    return f"beside {candidate.sent} {control}"


def _controls(
    candidate: EndpointCandidate, context: PlanContext, reader: Classifier, index: Index
) -> tuple[HttpFacts, ...]:
    """The answers to paths that do not exist: those of the whole run, and those beside the candidate."""
    variants = [_beside(candidate, control) for control in candidate.controls]
    variants += [f"OPTIONS {context.base_path}/{context.nonce}"] if candidate.sent == "OPTIONS" else []
    own = [
        seen.observation.http
        for variant in variants
        for caller in _callers(context)
        for seen in index.get((caller, variant), ())
        if seen.observation.http
    ]
    return (*reader.unknown.get(candidate.sent, ()), *own)


def _targets(context: PlanContext) -> dict[OperationKey, str]:
    """One operation and request target for each documented path that has one of its own."""
    targets: dict[str, tuple[OperationKey, str]] = {}
    for subject in context.subjects:
        if subject.operation.taken_for is None:
            targets.setdefault(subject.key.path, (subject.key, subject.request.target.partition("?")[0]))
    return dict(targets.values())


CHECK: Check = UndocumentedCheck()
