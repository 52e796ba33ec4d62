"""What the TLS configurations of served listeners require of clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.source import ClientAuth, ListenerKind, SourceFinding, TlsFact
from specdrift.model.result.verdict import Confidence
from specdrift.source.go.interpreter.go_calls import result
from specdrift.source.go.language.go_files import below, code_of, part
from specdrift.source.go.requests.request_values import without_certificate
from specdrift.source.go.values.go_values import (
    NIL,
    UNKNOWN,
    Closure,
    DeclaredFunction,
    GoNil,
    GoNumber,
    GoValue,
    Pointer,
    Record,
    alternatives,
    plain,
    record_of,
)

if TYPE_CHECKING:
    from specdrift.model.contract.location import SourceLocation
    from specdrift.source.go.routers.go_serving import ServedHandler

AUTH = "ClientAuth"
CHOOSING = "GetConfigForClient"
ARGUMENTS = {"VerifyPeerCertificate": 2, "VerifyConnection": 1}
OWN_CHECKS = tuple(ARGUMENTS)
NONE, REQUEST, ANY, GIVEN, REQUIRE = range(5)
"""The values of ``tls.ClientAuthType``."""
NAMES = (
    "tls.NoClientCert",
    "tls.RequestClientCert",
    "tls.RequireAnyClientCert",
    "tls.VerifyClientCertIfGiven",
    "tls.RequireAndVerifyClientCert",
)
KINDS = (ClientAuth.NONE, ClientAuth.OPTIONAL, ClientAuth.REQUIRED, ClientAuth.OPTIONAL, ClientAuth.REQUIRED)
ResultOf = Callable[[GoValue, list[GoValue]], GoValue | None]
"""Returns what a function returns for some arguments; ``None`` if it was not evaluated to its end."""


class ServedTls(Struct, frozen=True):
    """The TLS of one listener."""

    facts: tuple[TlsFact, ...]
    """What decides; nothing if it is not known."""
    is_known: bool
    findings: tuple[SourceFinding, ...] = ()


class TlsContext(Struct, frozen=True):
    """What the code around a TLS configuration does."""

    program: str
    result: ResultOf
    verifies: bool
    """Whether the code of the service verifies certificates somewhere."""


def of_listener(served: ServedHandler, context: TlsContext) -> ServedTls | None:
    """Return the TLS of a listener; ``None`` for one without."""
    program = context.program
    if served.listener is ListenerKind.UNKNOWN and not isinstance(served.tls, Record):
        return ServedTls((_unread(served.place, program),), is_known=False)
    if served.listener is not ListenerKind.TLS:
        return None
    values = list(alternatives(served.tls))
    return _together([_of_value(value, served, context, several=len(values) > 1) for value in values])


def _of_value(value: GoValue, served: ServedHandler, context: TlsContext, *, several: bool) -> ServedTls:
    program = context.program
    if isinstance(value, GoNil):
        fact = TlsFact(
            location=served.place,
            client_auth=ClientAuth.NONE,
            what="TLS with the default configuration",
            conditional=several,
            entries=(program,),
        )
        return ServedTls((fact,), is_known=True)
    record = record_of(value)
    if record is None or not record.is_complete:
        return ServedTls((_unread(served.place, program),), is_known=False)
    if not isinstance(choosing := record.fields.get(CHOOSING, NIL), GoNil):
        place = record.places.get(CHOOSING) or served.place
        return _of_chosen(record, _chosen(choosing, context), replace(served, place=place), context)
    kinds = list(alternatives(record.fields.get(AUTH, NIL)))
    numbers = [0 if isinstance(inner := plain(one), GoNil) else _number(inner) for one in kinds]
    place = record.places.get(AUTH) or record.place or served.place
    if any(one is None for one in numbers):
        return ServedTls((_unread(place, program),), is_known=False)
    conditional = several or len(numbers) > 1
    known = [one for one in numbers if one is not None]
    facts = [fact for one in known for fact in _facts(one, record, place, context, conditional=conditional)]
    findings = [finding for one in known for finding in _findings(one, record, place, context)]
    return ServedTls(tuple(facts), is_known=True, findings=tuple(findings))


def _of_chosen(
    record: Record, chosen: GoValue | None, served: ServedHandler, context: TlsContext
) -> ServedTls:
    """Return the TLS of the configurations that a function chooses from; ``nil`` means the one that has it."""
    values = [
        _without_choice(record if isinstance(one, GoNil) else one) for one in alternatives(chosen or UNKNOWN)
    ]
    found = [_of_value(one, served, context, several=len(values) > 1) for one in values]
    return _together(found)


def _chosen(function: GoValue, context: TlsContext) -> GoValue | None:
    """Return the configuration that a function chooses for a client."""
    is_known = isinstance(function, Closure | DeclaredFunction)
    found = context.result(function, [UNKNOWN]) if is_known else None
    return result(found, 0) if found is not None else None


def _without_choice(value: GoValue) -> GoValue:
    """Return a configuration without the function, which is called once for a connection."""
    record = record_of(value)
    if record is None:
        return value
    fields = {**record.fields, CHOOSING: NIL}
    return Record(fields, record.kind, record.is_complete, record.place, places=record.places)


def _rejects(check: GoValue, name: str, context: TlsContext) -> bool:
    """Return whether a function returns an error for each connection without a certificate."""
    found = context.result(check, without_certificate(name))
    return found is not None and all(isinstance(one, Pointer) for one in alternatives(found))


def _may_reject(check: GoValue, name: str, context: TlsContext) -> bool:
    """Return whether a function may return an error for a certificate: not if it returns nothing but ``nil``."""
    if not isinstance(check, Closure | DeclaredFunction):
        return not isinstance(check, GoNil)
    found = context.result(check, [UNKNOWN] * ARGUMENTS[name])
    returns_nil = found is not None and all(isinstance(one, GoNil) for one in alternatives(found))
    return not returns_nil or _may_panic(check)


def _may_panic(check: Closure | DeclaredFunction) -> bool:
    """Return whether a function may end a handshake without a result: it calls more than the standard library."""
    code = check if isinstance(check, Closure) else check.function
    for node in below(code.node):
        callee = part(node, "function") if node.type == "call_expression" else None
        if callee is None:
            continue
        name, path = code_of(callee), code.file.imports.get(code_of(part(callee, "operand")))
        of_library = path is not None and "." not in path.partition("/")[0]
        if not of_library and (
            callee.type != "identifier" or name == "panic" or name in code.package.functions
        ):
            return True
    return False


def _together(found: Sequence[ServedTls]) -> ServedTls:
    return ServedTls(
        tuple(fact for one in found for fact in one.facts),
        all(one.is_known for one in found),
        tuple(finding for one in found for finding in one.findings),
    )


def _number(value: GoValue) -> int | None:
    return value.value if isinstance(value, GoNumber) and 0 <= value.value < len(NAMES) else None


def _unread(place: SourceLocation, program: str) -> TlsFact:
    return TlsFact(
        location=place,
        client_auth=ClientAuth.CUSTOM,
        what="the TLS configuration of this listener was not followed",
        entries=(program,),
    )


def _facts(
    auth: int,
    record: Record,
    place: SourceLocation,
    context: TlsContext,
    *,
    conditional: bool,
) -> Iterator[TlsFact]:
    program = context.program
    kind, what = KINDS[auth], NAMES[auth]
    for name in OWN_CHECKS:
        check = record.fields.get(name, NIL)
        # Without a request for a certificate, VerifyPeerCertificate is not called.
        is_called = name == "VerifyConnection" or auth != NONE
        if (
            kind is not ClientAuth.REQUIRED
            and is_called
            and isinstance(check, Closure | DeclaredFunction)
            and _rejects(check, name, context)
        ):
            kind, what = ClientAuth.REQUIRED, f"{what}, and {name} rejects clients without a certificate"
    yield TlsFact(location=place, client_auth=kind, what=what, conditional=conditional, entries=(program,))
    for name in OWN_CHECKS:
        if auth in {REQUEST, ANY} and _may_reject(record.fields.get(name, NIL), name, context):
            yield TlsFact(
                location=record.places.get(name) or place,
                client_auth=ClientAuth.CUSTOM,
                what=f"{name} inspects certificates itself",
                entries=(program,),
            )
    if auth in {REQUEST, ANY} and context.verifies:
        yield TlsFact(
            location=place,
            client_auth=ClientAuth.CUSTOM,
            what=f"with {NAMES[auth]}, only code of the service verifies certificates",
            entries=(program,),
        )


def _findings(
    auth: int, record: Record, place: SourceLocation, context: TlsContext
) -> Iterator[SourceFinding]:
    """Yield defects: certificates that are not verified, or that any public CA may have issued."""
    own = any(_may_reject(record.fields.get(name, NIL), name, context) for name in OWN_CHECKS)
    if auth in {REQUEST, ANY} and not own and not context.verifies:
        yield SourceFinding(
            rule="client-certificate-not-verified",
            message=f"{NAMES[auth]} accepts any certificate without verification.",
            location=place,
            confidence=Confidence.MEDIUM,
            subject=NAMES[auth],
        )
    if auth in {GIVEN, REQUIRE} and isinstance(record.fields.get("ClientCAs", NIL), GoNil):
        yield SourceFinding(
            rule="public-roots-for-clients",
            message="ClientCAs is not set: client certificates of any CA that the system trusts are accepted.",
            location=place,
            confidence=Confidence.MEDIUM,
            subject=NAMES[auth],
        )
