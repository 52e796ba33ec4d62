"""A request as handlers see it, and the response that they write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto

from msgspec import Struct, field

from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    GoNil,
    GoText,
    GoTruth,
    GoUnknown,
    GoValue,
    HandlerValue,
    Items,
    Pointer,
    Record,
    Results,
    Table,
    TypeName,
    ValueOrigin,
    alternatives,
    choice,
    record_of,
)
from specdrift.source.go.values.header_values import headers_of, known_headers

REQUEST = TypeName("net/http", "Request")
WRITER = TypeName("net/http", "ResponseWriter")
STATE = TypeName("crypto/tls", "ConnectionState")
CONTEXT = TypeName("context", "Context")
GIN_CONTEXT = TypeName("github.com/gin-gonic/gin", "Context")
CHAINS = "[][]*x509.Certificate"
NO_CERTIFICATES: Mapping[str, GoValue] = {"PeerCertificates": Items(()), "VerifiedChains": GoNil(CHAINS)}
"""The fields without a certificate: the first one may be ``nil`` or empty, with the version of TLS."""
TEMPLATE = "#template"
"""The field of a request for the path of its route."""
STATUS, SENT, CONTENT, LATER, ABORTED = "#status", "#sent", "#content", "#later", "#aborted"
"""Fields of responses and contexts that no code names."""


DEEPEST_OBJECT = 4
"""Structs and maps within each other that belong to a request."""
FORWARDED = GoUnknown(made_by="the next handler")
"""The status that the next handler writes."""
REFUSING = 400
"""The first status that refuses a request."""
REDIRECTING = 300
"""The first status after those that come with the content of a resource."""


class CertificateCase(Enum):
    """What the connection of a request is."""

    PLAINTEXT = auto()
    WITHOUT = auto()
    """TLS without a client certificate."""
    ANY = auto()
    """Not known."""


class NextHandler(HandlerValue, Struct, frozen=True, eq=False):
    """Stands for the handler that middleware is put around."""


class RequestKind(Struct, frozen=True):
    """The requests that are evaluated together."""

    case: CertificateCase
    methods: GoValue = field(default_factory=lambda: GoText((None,)))
    path: GoValue = field(default_factory=lambda: GoText((None,)))
    context_is_known: bool = True
    template: GoValue = field(default_factory=lambda: GoText((None,)))
    """The path of the route, as gin writes it."""
    headers: tuple[tuple[str, str | None], ...] | None = None
    """Headers that a gateway sets, and those that it does not send; ``None`` if nothing is known of any."""

    @property
    def names_sent(self) -> frozenset[str]:
        """The lower-case names of these headers."""
        return frozenset(name for name, _ in self.headers or ())


def request_of(kind: RequestKind, watch: Callable[[str], None]) -> Pointer:
    """Return a request. ``watch`` is called when code reads the certificate."""
    url = Record({"Path": kind.path}, TypeName("net/url", "URL"), is_complete=False)
    context = Table(is_complete=kind.context_is_known)
    fields: dict[str, GoValue] = {
        "TLS": _state(kind.case, watch),
        "Method": kind.methods,
        "URL": Pointer(url),
        "RequestURI": kind.path,
        TEMPLATE: kind.template,
        "Header": headers_of(dict(kind.headers or ())),
        "RemoteAddr": GoText((None,)),
        "Host": GoText((None,), frozenset({ValueOrigin.HEADER})),
        "#context": context,
    }
    return Pointer(Record(fields, REQUEST, is_complete=False))


def watch_reads(request: Record, watch: Callable[[str], None]) -> None:
    """Call a function when the certificate is read, or a header that middleware has removed."""
    if (state := record_of(request.fields.get("TLS", UNKNOWN))) is not None:
        state.watch = watch
    for one in alternatives(request.fields.get("Header", UNKNOWN)):
        if (table := known_headers(one)) is not None:
            table.watch = watch


def _state(case: CertificateCase, watch: Callable[[str], None]) -> GoValue:
    if case is CertificateCase.PLAINTEXT:
        return GoNil(f"*{STATE}")
    if case is CertificateCase.ANY:
        return GoUnknown(STATE, frozenset({ValueOrigin.CERTIFICATE}))
    fields: dict[str, GoValue] = dict(NO_CERTIFICATES)
    return Pointer(Record(fields, STATE, is_complete=False, watch=watch))


def without_certificate(name: str) -> list[GoValue]:
    """Return what a function of a TLS configuration gets for a connection without a certificate."""
    if name == "VerifyPeerCertificate":
        return [Items(()), GoNil(CHAINS)]
    return [Record(dict(NO_CERTIFICATES), STATE, is_complete=False)]


def response() -> Pointer:
    """Return a response that nothing was written to."""
    return Pointer(
        Record(
            {STATUS: NIL, SENT: GoTruth(value=False), CONTENT: GoTruth(value=False)},
            WRITER,
            is_complete=False,
        )
    )


def gin_context(request: GoValue, writer: GoValue, keys: Table | None = None) -> Pointer:
    """Return the context of gin for a request, with a copy of values that handlers have put into it."""
    own = Table(dict(keys.fields), keys.is_complete) if keys is not None else Table()
    fields: dict[str, GoValue] = {
        "Request": request,
        "Writer": writer,
        "#keys": own,
        ABORTED: GoTruth(value=False),
    }
    return Pointer(Record(fields, GIN_CONTEXT, is_complete=False))


def any_request(requests: Sequence[Record]) -> Pointer:
    """Return a request that is one of some, such as one with or without a value in its context."""
    first = requests[0]
    if len(requests) == 1:
        return Pointer(first)
    names = dict.fromkeys(name for one in requests for name in one.fields)
    fields = {name: choice(one.fields.get(name, UNKNOWN) for one in requests) for name in names}
    return Pointer(Record(fields, REQUEST, first.is_complete, watch=first.watch))


def objects_of(values: Iterable[GoValue | None]) -> frozenset[int]:
    """Return the ids of the objects that belong to a request: its own, and what is in its context."""
    found: set[int] = set()
    waiting = [(one, 0) for value in values if value is not None for one in alternatives(value)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, Results):
            waiting += [(one, depth) for inner in value.values for one in alternatives(inner)]
        table = value if isinstance(value, Table) else known_headers(value)
        holder = table if table is not None else record_of(value)
        if holder is not None and id(holder) not in found and depth <= DEEPEST_OBJECT:
            found.add(id(holder))
            waiting += [(one, depth + 1) for inner in holder.fields.values() for one in alternatives(inner)]
    return frozenset(found)


def with_context(request: Record, context: GoValue) -> Pointer:
    """Return a request with another context."""
    return Pointer(
        Record({**request.fields, "#context": context}, REQUEST, request.is_complete, watch=request.watch)
    )
