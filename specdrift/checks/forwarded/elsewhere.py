"""Sends the same headers where no guard may expect them: at other endpoints, under other names, by other requests.

Behind a proxy the listener with mutual TLS deletes or sets these headers; its listener without TLS, one for another
name, or the one without SNI may pass them on to the same application (CVE-2026-46579). So may a rule that deletes them
by the version of HTTP, by Host, or by the path as it is written. Each place gets the whole table on one operation. A
certificate's public part is sent, to the owner's endpoints only.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.bypass.names import MAX_NAMES
from specdrift.checks.bypass.path_spellings import SPELLINGS, Write
from specdrift.checks.choices.representations import OF_A_BROWSER, representations
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.forwarded.attempts import (
    OVERRIDE,
    TRUSTED,
    ForwardedAttempt,
    impersonations,
    intrusions,
)
from specdrift.checks.forwarded.bundles import Claims, Headers, bundles
from specdrift.checks.forwarded.claim import Claim
from specdrift.checks.forwarded.findings import findings
from specdrift.checks.forwarded.header_forms import HeaderForm
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.listener import spread
from specdrift.model.contract.hosts import is_address
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_1, Connection, Request

ENOUGH, FURTHER = 1, 8
"""Operations for each place: those sent first, and those that get the headers that were trusted there."""
FORMS = 2
"""Other representations of an operation that are requested with the headers."""
INSIDE = (("X-Forwarded-For", "10.0.0.7"), ("X-Real-IP", "10.0.0.7"))
"""Header fields of a request that comes from a private network (RFC 1918)."""
OTHER_PREFIXES = ("double slash leading", "dot segment leading", "encoded letter first", "case all")
"""Spellings that no rule for the path's prefix expects, and that some servers behind it read as the path."""


class ClaimPlace(Struct, frozen=True, kw_only=True):
    """Where the headers are sent."""

    words: str
    connection: Connection
    base_path: str | None = None
    """``None``: the operation's own."""
    host: str = ""
    """Value of Host; empty for the target's own."""
    has_credentials: bool = True
    """Whether the request may carry credentials there."""
    write: Write | None = None
    """Writes the path; ``None``: as it is."""
    request: Request | None = None
    """Another declared request of the operation; ``None``: its usual one."""
    headers: tuple[tuple[str, str], ...] = ()
    """Beside the claims, and with the control too."""
    as_trailers: bool = False
    """Whether the claims are sent as trailer fields (RFC 9110 §6.5)."""
    is_of_handlers: bool = False
    """Whether each operation may treat it otherwise, and not only the listener."""


class WrittenClaims(Struct, frozen=True, kw_only=True):
    """Claims as they are sent, at each place alike."""

    claims: Claims
    words: str
    headers: Headers
    noise: Headers
    """As many meaningless headers."""


class WrittenBundle(Struct, frozen=True):
    """A bundle in its documented form, and its parts."""

    whole: WrittenClaims
    parts: Sequence[WrittenClaims]


class Claiming(Struct, frozen=True, dict=True):
    """What is claimed in the requests for one operation."""

    attempt: ForwardedAttempt

    @property
    def planned(self) -> PlannedOperation:
        """The operation."""
        return self.attempt.planned

    @cached_property
    def bundles(self) -> Sequence[WrittenBundle]:
        """The bundles in their documented form."""
        attempt = self.attempt
        if attempt.claim is None:
            return ()
        return _written_bundles(attempt.claim, attempt.claimed.name, everything=attempt.everything)


@lru_cache(maxsize=64)
def _written_bundles(claim: Claim, claimed: str, *, everything: bool) -> Sequence[WrittenBundle]:
    """Write the bundles of an anonymous caller once for each claim: those of many operations are alike."""

    def written(claims: Claims) -> WrittenClaims:
        names = ", ".join(field.name for field in claims.fields)
        return WrittenClaims(
            claims=claims,
            words=f'{names} of "{claimed}"',
            headers=claims.headers(claim),
            noise=claims.noise(claim),
        )

    every = bundles(claim, only_names=False, everything=everything)
    documented = (each for each in every if each.form is HeaderForm.AS_DOCUMENTED)
    return [WrittenBundle(written(each), list(map(written, each.parts))) for each in documented]


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """Every bundle at each place; its products one by one if it is admitted."""
    return _attempts(context, single=True)


def first_attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """The bundles alone."""
    return _attempts(context, single=False)


def _attempts(context: PlanContext, *, single: bool) -> Iterator[BypassAttempt]:
    by_key = {attempt.planned.key: Claiming(attempt) for attempt in intrusions(context)}
    few, others = spread([planned for planned in context.guarded if planned.key in by_key], ENOUGH)
    further = spread(others, FURTHER)[0]
    for place in _places(context):
        whole = [*few, *further] if place.is_of_handlers else few
        for planned in whole:
            yield from _of_claim(context, by_key[planned.key], place, single=single)
        for planned in further if single and whole is few else ():
            yield from _of_parts(context, by_key[planned.key], place)
    yield from _represented(context, by_key, single=single)


def _places(context: PlanContext) -> Iterator[ClaimPlace]:
    """Alternate endpoints of the owner, the target without SNI, its other names, other requests to it."""
    for alternate in context.alternate_endpoints:
        if alternate.of_owner:
            yield ClaimPlace(
                words=f"at {alternate.url} {alternate.endpoint.address}".rstrip(),
                connection=Connection(endpoint=alternate.endpoint),
                base_path=alternate.base_path,
                has_credentials=alternate.endpoint.tls,
            )
    main = context.connection(context.tls[0])
    own = context.endpoint
    if own.server_name and not is_address(own.server_name):
        yield ClaimPlace(words="without SNI", connection=replace(main, endpoint=replace(own, server_name="")))
    for name in context.names[:MAX_NAMES]:
        elsewhere = replace(main, endpoint=replace(own, server_name=name))
        host = replace(own, host=name).authority
        yield ClaimPlace(words=f"with SNI and Host {name}", connection=elsewhere, host=host)
        yield ClaimPlace(words=f"with SNI {name}", connection=elsewhere)
    for alpn in context.alpn[1:]:
        yield ClaimPlace(words="over HTTP/2", connection=replace(main, alpn=alpn))
    unknown = replace(own, host=f"{context.nonce}.invalid").authority
    yield ClaimPlace(words=f"with Host {unknown}", connection=main, host=unknown)
    # A proxy deletes them from the head, and servers that merge trailers take them for fields of the head.
    chunked = replace(main, alpn=HTTP_1)
    yield ClaimPlace(words="in trailers of a chunked body", connection=chunked, as_trailers=True)
    yield ClaimPlace(
        words=f"with {INSIDE[0][0]}: {INSIDE[0][1]}", connection=main, headers=INSIDE, is_of_handlers=True
    )
    for spelling in SPELLINGS:
        if spelling.name in OTHER_PREFIXES:
            yield ClaimPlace(
                words=f"with the path written {spelling.write('/path')}",
                connection=main,
                write=spelling.write,
            )


def _represented(
    context: PlanContext, by_key: Mapping[OperationKey, Claiming], *, single: bool
) -> Iterator[BypassAttempt]:
    """Every bundle with other declared representations: a handler may trust the headers in one of them."""
    main = context.connection(context.tls[0])
    able = [(planned, forms) for planned in context.guarded if (forms := _forms(context, planned))]
    for planned, forms in spread(able, FURTHER)[0]:
        for name, request in forms if planned.key in by_key else ():
            place = ClaimPlace(words=f"requesting {name}", connection=main, request=request)
            yield from _of_claim(context, by_key[planned.key], place, single=single)


def _forms(context: PlanContext, planned: PlannedOperation) -> Sequence[tuple[str, Request]]:
    """Return some requests of other representations that the document declares; a browser's is asked elsewhere."""
    declared = representations(planned, context.base_of(planned)) if planned.request.method == "GET" else ()
    return [form for form in declared if OF_A_BROWSER not in form[0]][:FORMS]


def _of_claim(
    context: PlanContext, claiming: Claiming, place: ClaimPlace, *, single: bool
) -> Iterator[BypassAttempt]:
    request = request_at(context, claiming.planned, place)
    for bundle in claiming.bundles:
        key = f"{claiming.planned.key} {place.words} {bundle.whole.claims.name}"
        yield _attempt(claiming, place, request, bundle.whole, cause=BUNDLE, unlocks=key)
        for part in bundle.parts if single else ():
            unlocks = _trusted(place, part)
            yield _attempt(claiming, place, request, part, cause=_cause(part), requires=key, unlocks=unlocks)


def _of_parts(context: PlanContext, claiming: Claiming, place: ClaimPlace) -> Iterator[BypassAttempt]:
    """The headers that were trusted at this place for another operation."""
    request = request_at(context, claiming.planned, place)
    for part in chain.from_iterable(bundle.parts for bundle in claiming.bundles):
        yield _attempt(claiming, place, request, part, cause=_cause(part), requires=_trusted(place, part))


def _cause(part: WrittenClaims) -> str:
    return " + ".join(field.name for field in part.claims.fields)


def _trusted(place: ClaimPlace, part: WrittenClaims) -> str:
    return f"{place.words} {part.claims.name}"


def _attempt(
    claiming: Claiming,
    place: ClaimPlace,
    request: Request,
    written: WrittenClaims,
    *,
    cause: str,
    unlocks: str = "",
    requires: str = "",
) -> BypassAttempt:
    """Return the attempt with these claims. ``request`` is the one of the place without them."""
    return BypassAttempt(
        planned=claiming.planned,
        name=f"{place.words}: {written.claims.name}",
        words=f"{place.words}, with {written.words}",
        request=_with(request, written.headers, place),
        # Another answer to the same request with meaningless headers is what shows that these are trusted.
        negative_control=_with(request, written.noise, place),
        connection=place.connection,
        cause=cause,
        plain=request,
        positive_control=PositiveControl.IMPOSSIBLE,
        unlocks=unlocks,
        requires=requires,
    )


def _with(request: Request, claims: Headers, place: ClaimPlace) -> Request:
    if place.as_trailers:
        return replace(request, trailers=claims)
    return replace(request, headers=(*request.headers, *claims))


def request_at(context: PlanContext, planned: PlannedOperation, place: ClaimPlace) -> Request:
    """The operation's request at that place, without credentials where they must not be sent."""
    operation, request = planned.operation, place.request or planned.request
    if not place.has_credentials:
        content = tuple((name, value) for name, value in request.headers if name == "Content-Type")
        target = context.base_of(planned) + operation.target
        request = replace(request, target=target, headers=(*operation.headers, *content))
    if place.base_path is not None:
        request = replace(
            request, target=place.base_path + request.target.removeprefix(context.base_of(planned))
        )
    if place.write is not None:
        path, mark, query = request.target.partition("?")
        request = replace(request, target=place.write(path) + mark + query)
    host = (("Host", place.host),) if place.host else ()
    return replace(request, headers=(*request.headers, *host, *place.headers))


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    return attempts[0].words


class ForwardedElsewhere(BypassCheck, frozen=True, kw_only=True):
    """Reports only what is not trusted at the target itself, which `forwarded` reports."""

    by_lower_roles: bool = True

    @property
    def rules(self) -> frozenset[str]:
        """One for anonymous callers, one for those who claim another identity than their own."""
        return frozenset({TRUSTED, OVERRIDE})

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation and group of headers."""
        conclusions = BypassCheck.judge(self, context, classifier)
        concerned = {finding.operation for finding in conclusions.findings}
        reported = {
            attempt.planned.key
            for attempt in (*intrusions(context), *impersonations(context))
            if attempt.planned.key in concerned and any(findings(attempt, context, classifier))
        }
        by_rule = (
            replace(finding, rule=TRUSTED if finding.identity == ANONYMOUS.name else OVERRIDE)
            for finding in conclusions.findings
            if finding.operation not in reported
        )
        kept = tuple(finding for finding in by_rule if finding.rule in context.rules)
        return replace(conclusions, findings=kept)


CHECK: Check = ForwardedElsewhere(
    name="forwarded-elsewhere",
    rule=TRUSTED,
    why="whether a certificate in headers is trusted at another endpoint, under another name or by another request",
    attempts=attempts,
    first=first_attempts,
    sharing=Sharing.LISTENER,
    describe=_describe,
)
