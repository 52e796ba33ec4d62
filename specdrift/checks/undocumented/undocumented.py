"""Looks for endpoints that answer and are not in the document.

Candidates come from the curated list, siblings of declared paths, imported traffic and Allow headers. Each is requested
with a valid certificate, and without one unless the first answer shows that nothing is there. Answers are compared with
those for paths beside it that do not exist.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.certificate.unknown_path import methods, unknown_paths
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ON_FRESH_CONNECTION, fresh
from specdrift.checks.undocumented.candidates import (
    EndpointCandidate,
    imported,
    listed,
    path_targets,
    tag_of,
)
from specdrift.checks.undocumented.endpoint_answers import (
    EndpointEvidence,
    anonymous_is_elsewhere,
    evidence_of,
    is_missing,
    is_of_sibling,
    withheld,
)
from specdrift.checks.undocumented.findings import Discovery, endpoint_of, finding_of
from specdrift.checks.undocumented.methods import (
    OfferedMethod,
    confirmed,
    method_finding,
    not_requested,
    offered_methods,
    unknown_target,
)
from specdrift.checks.undocumented.siblings import siblings
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag, Request
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT

Index = Mapping[tuple[str, ProbeTag | None], Sequence[Exchange]]
"""Exchanges of the check by identity and tag."""
Spelled = Mapping[tuple[str, str], Sequence[PlannedOperation]]
"""Operations by method and path with its base."""
MOST_OTHERS = 3


class UndocumentedCheck(Struct, frozen=True):
    """Every candidate, and OPTIONS on each documented path."""

    name: str = "undocumented"
    rules: frozenset[str] = frozenset({UNDOCUMENTED_ENDPOINT})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each candidate and OPTIONS with a valid certificate; in an exhaustive run also without one."""
        for candidate in (each for each in candidates(context) if not each.after):
            every = callers(context, candidate)
            for caller in every if context.exhaustive else every[-1:]:
                yield self._plain(context, caller, candidate)
        for caller in _callers(context)[-1:]:
            unknown = Request(method="OPTIONS", target=unknown_target(context))
            yield self._probe(context, caller, unknown, why="Allow of a path that does not exist")
            for key, target in path_targets(context).items():
                request = Request(method="OPTIONS", target=target)
                yield replace(
                    self._probe(context, caller, request, why="the methods in Allow"), operation=key
                )

    def _plain(self, context: PlanContext, caller: str, candidate: EndpointCandidate) -> Probe:
        return self._probe(context, caller, candidate.request(caller), why=candidate.why)

    def _probe(self, context: PlanContext, caller: str, request: Request, *, why: str) -> Probe:
        return Probe(
            check=self.name,
            operation=None,
            identity=caller,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant=f"{request.method} {request.target}",
            tag=tag_of(request.method, request.target),
            why=why,
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat what answered on a fresh connection, and request paths beside it that do not exist.

        Anonymous clients request what a valid certificate does not show to be missing.
        """
        classifier = log.classifier()
        index = self._index(context, log)
        elsewhere = anonymous_is_elsewhere(log, _callers(context)[-1])
        for offered in self._offered(context, log):
            yield from (offered.probe, offered.control) if offered.may_be_sent else ()
        for candidate in candidates(context):
            controls = _controls(candidate, context, classifier, index)
            for caller in (*callers(context, candidate), *_others(context)):
                for exchange in index.get((caller, candidate.tag), ()):
                    if exchange.probe.attempt > 1:
                        continue
                    valid = caller != ANONYMOUS.name
                    if valid and (elsewhere or not is_missing(exchange, controls)):
                        yield from self._anonymous(context, candidate)
                    shown = evidence_of(candidate, exchange, controls, valid=valid)
                    if shown:
                        yield from self._again(context, candidate, exchange.probe)
                    is_for_others = shown or (valid and withheld(candidate, exchange, controls))
                    if is_for_others and not candidate.fits_template:
                        yield from self._as_others(context, candidate)
        yield from self._after(context, classifier, index)

    def _after(self, context: PlanContext, classifier: Classifier, index: Index) -> Iterator[Probe]:
        """Request the further paths of a product once one of its first paths is not missing."""
        every = candidates(context)
        first = {target for candidate in every for target in candidate.after}
        there = {
            candidate.target
            for candidate in every
            if candidate.target in first
            for caller in callers(context, candidate)
            for exchange in index.get((caller, candidate.tag), ())
            if not is_missing(exchange, _controls(candidate, context, classifier, index))
        }
        for candidate in every:
            if not there.isdisjoint(candidate.after):
                yield self._plain(context, _callers(context)[-1], candidate)

    def _anonymous(self, context: PlanContext, candidate: EndpointCandidate) -> Iterator[Probe]:
        """Request it without a certificate too."""
        for caller in callers(context, candidate)[:1]:
            yield self._plain(context, caller, candidate)

    def _as_others(self, context: PlanContext, candidate: EndpointCandidate) -> Iterator[Probe]:
        """Request what exists as the other identities too."""
        for caller in _others(context) if candidate.sent in SAFE_METHODS - {"OPTIONS"} else ():
            why = f"whether {candidate.path} admits this identity"
            probe = self._probe(context, caller, candidate.request(caller), why=why)
            yield replace(probe, phase=Phase.CONFIRM)

    def _again(self, context: PlanContext, candidate: EndpointCandidate, probe: Probe) -> Iterator[Probe]:
        again = replace(fresh(probe), attempt=2, why=ON_FRESH_CONNECTION)
        if candidate.sent in SAFE_METHODS:
            yield again
        known = unknown_paths(context) if candidate.sent in methods(context) else ()
        for control in candidate.controls:
            is_declared = context.documented(candidate.sent, control) and not candidate.fits_template
            exists = control in known or is_declared
            if not exists and probe.request is not None:
                yield replace(
                    again,
                    request=replace(probe.request, target=control),
                    variant=f"beside {candidate.sent} {control}",
                    tag=tag_of(candidate.sent, control, Control.NEGATIVE),
                    why=f"the answer for a path that does not exist beside {candidate.path}",
                )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each endpoint and one for each undeclared method."""
        index, spelled = self._index(context, classifier.log), _spelled(context)
        found: dict[tuple[str, str], Discovery] = {}
        for candidate in candidates(context):
            discovery = self._discovery(candidate, context, classifier, index, spelled)
            if discovery is not None:
                found.setdefault((candidate.method, candidate.path), discovery)
        offered = self._offered(context, classifier.log)
        existing = [
            endpoint
            for one in offered
            if (endpoint := confirmed(one, _exchanges(index, one.probe), _exchanges(index, one.control)))
        ]
        return Conclusions(
            findings=(*map(finding_of, found.values()), *map(method_finding, existing)),
            undocumented=(*map(endpoint_of, found.values()), *existing),
            skipped=tuple(not_requested(self.name, offered)),
        )

    def _offered(self, context: PlanContext, log: ExchangeLog) -> list[OfferedMethod]:
        options = [exchange for exchange in log.by_check(self.name) if _is_options(exchange)]
        return list(offered_methods(context, options))

    def _discovery(
        self,
        candidate: EndpointCandidate,
        context: PlanContext,
        classifier: Classifier,
        index: Index,
        spelled: Spelled,
    ) -> Discovery | None:
        """Return the discovery of a candidate; ``None`` if it does not answer twice."""
        controls = _controls(candidate, context, classifier, index)
        if not controls:
            return None
        hits: dict[str, list[tuple[Exchange, EndpointEvidence]]] = {}
        every = (*callers(context, candidate), *_others(context))
        for caller in every[:1] if candidate.fits_template else every:
            if _may_call_as_spelled(caller, candidate, context, spelled):
                continue
            valid = caller != ANONYMOUS.name
            pairs = [
                (exchange, evidence)
                for exchange in index.get((caller, candidate.tag), ())
                if (evidence := evidence_of(candidate, exchange, controls, valid=valid))
                and is_of_sibling(candidate, exchange, classifier)
            ]
            if pairs and (candidate.sent not in SAFE_METHODS or len(pairs) > 1):
                hits[caller] = pairs
        return Discovery(candidate=candidate, hits=hits, context=context) if hits else None

    def _index(self, context: PlanContext, log: ExchangeLog) -> Index:
        index: dict[tuple[str, ProbeTag | None], list[Exchange]] = defaultdict(list)
        for caller in (*_callers(context), *_others(context)):
            for exchange in log.of(self.name, None, caller):
                index[caller, exchange.probe.tag].append(exchange)
        return index


def candidates(context: PlanContext) -> tuple[EndpointCandidate, ...]:
    """Return all candidates that the document does not have, each method and request once."""
    documented = {context.base_of(planned) + planned.key.path for planned in context.operations}
    curated = listed(context) if context.with_wordlist else ()
    at_large = () if context.only_changed else (*curated, *siblings(context))
    unique = {
        (one.method, one.tag): one
        for one in reversed((*imported(context), *at_large))
        if one.method != "GET"
        or (one.target not in documented and (one.fits_template or not context.documented("GET", one.target)))
    }
    return tuple(unique.values())[::-1]


def _spelled(context: PlanContext) -> Spelled:
    found: dict[tuple[str, str], list[PlannedOperation]] = defaultdict(list)
    for planned in context.operations:
        for base in (context.base_of(planned), *planned.other_base_paths):
            found[planned.key.method, base + planned.key.path].append(planned)
    return found


def _may_call_as_spelled(
    caller: str, candidate: EndpointCandidate, context: PlanContext, spelled: Spelled
) -> bool:
    """Return whether the path is a documented one with a slash more or less, or at another server of its operation, and
    the document lets this caller in.
    """
    other = candidate.target.rstrip("/") if candidate.target.endswith("/") else f"{candidate.target}/"
    identity = context.identities.get(caller)
    return identity is not None and any(
        planned.admits_anonymous or (identity.is_control and not identity.lacks(planned.operation.roles))
        for path in {other, candidate.target, candidate.path}
        for planned in spelled.get((candidate.method, path), ())
    )


def callers(context: PlanContext, candidate: EndpointCandidate) -> tuple[str, ...]:
    """Return the callers of a candidate. For OPTIONS, which is often open to all, one is enough."""
    return _callers(context)[-1:] if candidate.sent == "OPTIONS" else _callers(context)


def _callers(context: PlanContext) -> tuple[str, ...]:
    return (ANONYMOUS.name, *(identity.name for identity in context.accepted[:1]))


def _others(context: PlanContext) -> tuple[str, ...]:
    """Return the other valid identities: an endpoint may exist for their roles only."""
    return tuple(identity.name for identity in context.accepted[1 : 1 + MOST_OTHERS])


def _exchanges(index: Index, probe: Probe) -> Sequence[Exchange]:
    return index.get((probe.identity, probe.tag), ())


def _is_options(exchange: Exchange) -> bool:
    tag = exchange.probe.tag
    return tag is not None and tag.name == "OPTIONS" and tag.control is None


def _controls(
    candidate: EndpointCandidate, context: PlanContext, classifier: Classifier, index: Index
) -> tuple[HttpFacts, ...]:
    """Return the answers for paths that do not exist: those of the whole run, and those beside the candidate."""
    tags = [tag_of(candidate.sent, control, Control.NEGATIVE) for control in candidate.controls]
    tags += [tag_of("OPTIONS", unknown_target(context))] if candidate.sent == "OPTIONS" else []
    own = [
        exchange.observation.http
        for tag in tags
        for caller in _callers(context)
        for exchange in index.get((caller, tag), ())
        if exchange.observation.http
    ]
    return (*classifier.unknown.get(candidate.sent, ()), *own)


CHECK: Check = UndocumentedCheck()
