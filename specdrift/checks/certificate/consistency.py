"""Repeats the requests of callers that must be refused: one unguarded back end behind a load balancer is enough to
bypass the check, and a guard may cover one connection or representation only.

Every guarded operation is sent without a certificate over HTTP/2 and at each further address of the host, and
``ENOUGH`` fresh connections are spread over all of them. After a single admission each is sent ``CLOSER`` times more.
The other declared representations are requested too: media types, and values of parameters. Where a cache may stand in
front, the anonymous client asks right after several requests of a valid certificate: some keep what is asked for often.
Identities that lack the role send the same to a sample of the operations, and over each TLS version.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from urllib.parse import parse_qsl

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.lower_roles import lower_roles
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.certificate.issued import HandedOut, further_pages, handed_out, refreshed, sessions
from specdrift.checks.certificate.other_forms import CODINGS, in_other_forms, of_a_new_resource
from specdrift.checks.choices.representations import representations
from specdrift.checks.core.assessment import assess, attempts, disagree, must_be_admitted
from specdrift.checks.core.base import (
    SAFE_METHODS,
    Check,
    Conclusions,
    PlanContext,
    PlannedOperation,
)
from specdrift.checks.core.confirm import repeat
from specdrift.checks.core.credential_places import without_credentials
from specdrift.checks.core.other_requests import controls, is_unexplained
from specdrift.checks.core.redirects import following
from specdrift.classify.check_names import CONSISTENCY
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import spread
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Connection, Phase, Probe, ProbeTag, Request, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Obstacle
from specdrift.rules.ids import ENFORCEMENT_INCONSISTENT

ENOUGH = 24
"""Fresh connections in all: one unguarded back end of four is missed once in a thousand runs."""
CLOSER = 16
"""Fresh connections to each guarded operation once one was admitted and another was not."""
MOST_OF_A_ROLE = 50
"""Operations of each set of roles that an identity without the role is sent to."""
MOST_IN_OTHER_FORMS = 50
"""Operations that each caller sends in other forms: HTTP/1.0 takes a handshake for each."""
FIELDS = {1: CODINGS, 2: ("Range", "bytes=0-")}
"""Header fields of each third repetition: caches may keep compressed answers and parts (RFC 9110 §14.2) apart."""
CACHE_FIELDS = (
    "age",
    "cache-status",
    "x-cache",
    "x-cache-status",
    "x-cache-hits",
    "x-proxy-cache",
    "cf-cache-status",
    "x-varnish",
)
"""Header fields of caches (RFC 9111 §5.1, RFC 9211, and those of products)."""
SHARED = ("public", "s-maxage")
"""Directives for caches that several clients share (RFC 9111 §5.2.2)."""
OFTEN = 6
"""Requests after which a cache keeps the answer."""
MOST_CACHED = 8
"""Operations that are requested as often."""
REQUESTED_OFTEN = ProbeTag(name="requested often")
MOST_WITH_A_CERTIFICATE = 4
"""Other resources of a list that are requested with a certificate."""
NO_CREDENTIALS = "no credentials at all"
RIGHT_AFTER = "a valid certificate's requests right before"


class Consistency(Struct, frozen=True):
    """The callers that must be refused, repeated."""

    name: str = CONSISTENCY
    rules: frozenset[str] = frozenset({ENFORCEMENT_INCONSISTENT})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each further variant once for each operation; fresh connections spread over operations and variants."""
        for caller, own, variants in _callers(context):
            for planned in own.guarded:
                for number, variant in enumerate(variants):
                    yield self._probe(caller, planned, variant, f"way-{number}")
                yield from self._represented(caller, own, planned)
            for planned in spread(own.guarded, MOST_IN_OTHER_FORMS)[0]:
                for name, request in in_other_forms(planned, own):
                    yield self._other(caller, own, planned, name, request)
            for planned, count in _shares(own.guarded):
                yield from self._again(caller, own, planned, count)
        for untrusted in context.wrong_certificates:
            for planned in context.guarded:
                yield from self._represented(untrusted, context, planned)

    def _represented(
        self, caller: ClientIdentity, context: PlanContext, planned: PlannedOperation
    ) -> Iterator[Probe]:
        """Request each other declared representation once, and the usual one without any other credentials."""
        alone = without_credentials(planned)
        others = representations(planned, context.base_of(planned), context.bodies(planned))
        first = [(NO_CREDENTIALS, alone)] if alone != planned.request else []
        for name, request in chain(first, others, of_a_new_resource(planned, context)):
            yield self._other(caller, context, planned, name, request)

    def _of_others(
        self, caller: ClientIdentity, context: PlanContext, planned: PlannedOperation
    ) -> Iterator[Probe]:
        """Request other resources of the list once, in case some are open; with a certificate a few."""
        for request in planned.others[: None if caller == ANONYMOUS else MOST_WITH_A_CERTIFICATE]:
            if request.method in SAFE_METHODS:
                yield self._other(caller, context, planned, f"another resource, {request.target}", request)

    def _issued(
        self,
        caller: ClientIdentity,
        context: PlanContext,
        planned: PlannedOperation,
        handed: HandedOut,
        log: ExchangeLog,
    ) -> Iterator[Probe]:
        """Request further pages, and as the anonymous client with the cookies and tokens of other answers."""
        for name, request in further_pages(planned, log):
            yield self._other(caller, context, planned, name, request)
        if caller == ANONYMOUS:
            for name, request in chain(sessions(planned, handed, log), refreshed(planned, log)):
                yield self._other(caller, context, planned, name, request)

    def _pages_of_wrong_certificates(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Request another resource and further pages with certificates that must be refused."""
        for untrusted in context.wrong_certificates:
            for planned in context.guarded:
                yield from self._of_others(untrusted, context, planned)
                for name, request in further_pages(planned, log):
                    yield self._other(untrusted, context, planned, name, request)

    def _controls(
        self, exchange: Exchange, context: PlanContext, planned: PlannedOperation
    ) -> Iterator[Probe]:
        """Send the request of an unexplained success as a valid identity too, and on a path that does not exist."""
        valid = next((identity for identity in context.accepted if must_be_admitted(identity, planned)), None)
        if valid is not None:
            yield from controls(exchange, planned, context, valid)

    def _other(
        self,
        caller: ClientIdentity,
        context: PlanContext,
        planned: PlannedOperation,
        name: str,
        request: Request,
    ) -> Probe:
        probe = self._probe(caller, planned, context.connection_variants[0], name)
        return replace(
            probe, request=request, tag=ProbeTag(name=name), why=f"whether the guard covers {name}"
        )

    def _again(
        self, caller: ClientIdentity, context: PlanContext, planned: PlannedOperation, count: int
    ) -> Iterator[Probe]:
        """Repeat on fresh connections. Every second unsafe request follows a public one on the same connection, as safe
        ones do on kept-alive connections. Every third accepts content codings, and every third asks for a range.
        """
        unsafe = planned.request.method not in SAFE_METHODS and context.public_target
        priming = Request(method="GET", target=context.public_target) if unsafe else None
        for number in range(count):
            variant = context.connection_variants[number % len(context.connection_variants)]
            probe = self._probe(caller, planned, replace(variant, reuse=Reuse.FRESH), f"again-{number}")
            field = FIELDS.get(number % 3)
            further = (field,) if field and (field[0] != "Range" or planned.request.method == "GET") else ()
            request = replace(planned.request, headers=(*planned.request.headers, *further))
            yield replace(probe, request=request, priming=None if number % 2 else priming)

    def _probe(
        self, caller: ClientIdentity, planned: PlannedOperation, connection: Connection, variant: str
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=caller.name,
            connection=connection,
            request=planned.request,
            phase=Phase.MAIN,
            variant=variant,
            why="whether every connection variant and every attempt gets the same answer",
        )

    def _cached(self, context: PlanContext, classifier: Classifier) -> Iterator[Probe]:
        """Send a valid certificate's requests at the end of a round, and the anonymous one at the start of the next."""
        cached = (planned for planned in context.guarded if _may_be_cached(planned, classifier))
        for planned in islice(cached, MOST_CACHED):
            valid = next((each for each in context.accepted if must_be_admitted(each, planned)), None)
            if valid is None:
                continue
            for number in range(OFTEN):
                probe = self._probe(valid, planned, context.connection_variants[0], f"often-{number}")
                request, tag = planned.request_for(valid.name), REQUESTED_OFTEN
                yield replace(probe, request=request, phase=Phase.CONFIRM, control=True, tag=tag)
            sent = classifier.log.of(self.name, planned.key, valid.name)
            if any(each.probe.tag == REQUESTED_OFTEN for each in sent):
                yield self._other(ANONYMOUS, context, planned, RIGHT_AFTER, planned.request)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Follow redirects. If attempts of a caller disagreed on any operation, repeat each of this caller's."""
        classifier = log.classifier()
        yield from self._cached(context, classifier)
        yield from self._pages_of_wrong_certificates(context, log)
        for caller, own, _ in _callers(context):
            handed = handed_out(own.operations, log)
            for planned in own.guarded:
                yield from self._of_others(caller, own, planned)
                yield from self._issued(caller, own, planned, handed, log)
                for exchange in log.of(self.name, planned.key, caller.name):
                    found = classifier.compared(exchange)
                    yield from following(classifier, exchange, found)
                    if exchange.probe.attempt == 1 and is_unexplained(exchange, found):
                        yield from self._controls(exchange, own, planned)
                    if exchange.probe.attempt == 1 and found.obstacle is Obstacle.DATA:
                        yield from repeat(exchange.probe, times=1)  # shows what differs each time
            if any(disagree(attempts(planned, classifier, caller)) for planned in own.guarded):
                for planned in own.guarded:
                    others = chain(
                        self._represented(caller, own, planned),
                        self._of_others(caller, own, planned),
                        self._issued(caller, own, planned, handed, log),
                    )
                    for probe in chain(others, self._again(caller, own, planned, CLOSER)):
                        yield replace(probe, phase=Phase.CONFIRM, attempt=2)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation that admitted the anonymous caller on some attempts."""
        findings = (self._finding(context, planned, classifier) for planned in context.guarded)
        return Conclusions(findings=tuple(finding for finding in findings if finding))

    def _finding(
        self, context: PlanContext, planned: PlannedOperation, classifier: Classifier
    ) -> Finding | None:
        got = attempts(planned, classifier)
        if not disagree(got):
            return None
        assessment = assess(context, planned, classifier)
        admitted, refused = got
        total = len(admitted) + len(refused)
        return Finding(
            rule=ENFORCEMENT_INCONSISTENT,
            operation=planned.key,
            identity=ANONYMOUS.name,
            message=f"A caller without a client certificate is admitted in {len(admitted)} of {total} attempts"
            f"{pattern(admitted, refused)}.",
            confidence=confidence(assessment, assessment.anonymous),
            probes=tuple(exchange.probe.id for exchange in (*admitted[:3], *refused[:3]))
            + assessment.control.probes[:1],
        )


def _may_be_cached(planned: PlannedOperation, classifier: Classifier) -> bool:
    """Return whether an answer to a valid certificate names a cache, or may be kept by a shared one."""
    if planned.request.method != "GET":
        return False
    return any(
        any(http.header(name) for name in CACHE_FIELDS)
        or any(directive in http.header("cache-control").lower() for directive in SHARED)
        for http in classifier.admitted_answers(planned.key)
    )


def _callers(
    context: PlanContext,
) -> Iterator[tuple[ClientIdentity, PlanContext, Sequence[Connection]]]:
    """Yield each caller with the context of its operations and the connections that its first request does not use.

    The certificate check sends identities with a valid certificate over the main connection only.
    """
    yield ANONYMOUS, context, context.connection_variants[len(context.tls) :]
    for caller, own in lower_roles(context, MOST_OF_A_ROLE, each=True):
        yield caller, own, context.connection_variants[1:]


def _shares(operations: Sequence[PlannedOperation]) -> Iterator[tuple[PlannedOperation, int]]:
    """Number of fresh connections of each operation: equal shares for few, one for a sample of many."""
    if len(operations) <= ENOUGH:
        yield from ((planned, -(-ENOUGH // len(operations))) for planned in operations)
    else:
        yield from ((planned, 1) for planned in operations[:: len(operations) // ENOUGH])


def pattern(admitted: Sequence[Exchange], refused: Sequence[Exchange]) -> str:
    """Return in words what only the admitted attempts have in common."""
    fewest = min(map(_parts, admitted), default=0)
    admitted = [one for one in admitted if _parts(one) == fewest]
    for words, trait in TRAITS:
        inside = {trait(exchange) for exchange in admitted}
        outside = {trait(exchange) for exchange in refused}
        if not inside & outside and len(inside) == 1:
            return f", all of them {words} {inside.pop()}"
    return ""


def _parts(exchange: Exchange) -> int:
    """Return the number of parameters and header fields: where one opens an operation, others may be there too."""
    request = exchange.probe.request
    query = request.target.partition("?")[2] if request else ""
    return len(parse_qsl(query, keep_blank_values=True)) + (len(request.headers) if request else 0)


def _version(exchange: Exchange) -> str:
    return exchange.observation.tls.version


def _protocol(exchange: Exchange) -> str:
    return (
        exchange.observation.http.http_version if exchange.observation.http else exchange.observation.tls.alpn
    )


def _address(exchange: Exchange) -> str:
    return exchange.observation.address


def _representation(exchange: Exchange) -> str:
    if exchange.probe.tag:
        return exchange.probe.tag.name
    request = exchange.probe.request
    sent = request.headers if request else ()
    return next((": ".join(field) for field in FIELDS.values() if field in sent), "")


TRAITS = (("over", _version), ("over", _protocol), ("at address", _address), ("with", _representation))


CHECK: Check = Consistency()
