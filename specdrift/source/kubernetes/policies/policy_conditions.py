"""What AuthorizationPolicy looks at: the certificate of the connection, and the request."""

import re
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Protocol

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.truth import Truth, Unknown

NAMESPACE = re.compile(r"[^/]+/ns/([^/]+)/sa/")
FROM_CERTIFICATE = f"{UNKNOWN_PART} of the client certificate"
"""Stands for a value that a gateway takes from the certificate."""
TEMPLATE = {"{*}": "[^/]+", "{**}": ".*"}
HEADER = re.compile(r"request\.headers\[([^\]]+)\]")
XFCC = "x-forwarded-client-cert"


class PeerIdentity(Enum):
    """What the certificate of a connection says about its client."""

    NONE = auto()
    """There is no certificate."""
    NAMED = auto()
    """It has a name: for a valid certificate, any that policies mention, since who has which is not compared."""
    GATEWAY = auto()
    """It is that of the gateway in front."""


class PresumedIdentity(Protocol):
    """What the certificate of a gateway is taken for."""

    def has_principal(self, pattern: str) -> bool: ...

    def has_namespace(self, pattern: str) -> bool: ...

    def has_account(self, written: str) -> bool: ...


class Attempt(Struct, frozen=True, kw_only=True):
    """What policies look at."""

    identity: PeerIdentity
    name: str = ""
    """Principal of the certificate, if it is NAMED."""
    presumed: PresumedIdentity | None = None
    """Of the certificate, if it is that of the GATEWAY; ``None`` to presume nothing."""
    method: str
    path: str
    """As normalised, without its query."""
    host: str
    headers: Mapping[str, str]
    port: int | None
    """Port of the pod; ``None`` if it is not known."""
    sni: str = ""


Test = Callable[[str, Attempt, SourceLocation], Truth]


def text_fits(pattern: str, text: str) -> bool:
    """Compare exactly, by prefix (``a*``), suffix (``*a``) or presence (``*``)."""
    if pattern == "*":
        return text != ""
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text == pattern


def path_fits(pattern: str, path: str) -> Truth:
    """Compare a path; ``{*}`` stands for one segment, ``{**}`` for any number of them."""
    if "{*}" not in pattern and "{**}" not in pattern:
        return text_fits(pattern, path)
    parts = re.split(r"(\{\*\*?\})", pattern)
    if parts.count("{**}") > 1:
        return False  # Istio does not accept it
    written = (TEMPLATE.get(part, re.escape(part)) for part in parts)
    return re.fullmatch("".join(written), path) is not None


def _principal(pattern: str, attempt: Attempt, at: SourceLocation) -> Truth:
    match attempt.identity:
        case PeerIdentity.NONE:
            return False
        case PeerIdentity.NAMED:
            return text_fits(pattern, attempt.name)
    if pattern == "*" or (attempt.presumed is not None and attempt.presumed.has_principal(pattern)):
        return True
    return Unknown("the identity of the gateway in front", at)


def _namespace(pattern: str, attempt: Attempt, at: SourceLocation) -> Truth:
    if attempt.identity is PeerIdentity.NAMED:
        found = NAMESPACE.match(attempt.name)
        return found is not None and text_fits(pattern, found[1])
    if attempt.presumed is not None and attempt.presumed.has_namespace(pattern):
        return True
    return _principal(pattern, attempt, at)


def _account(written: str, attempt: Attempt, at: SourceLocation) -> Truth:
    if attempt.presumed is not None and attempt.presumed.has_account(written):
        return True
    return False if attempt.identity is PeerIdentity.NONE else Unknown("service accounts", at)


def _path(pattern: str, attempt: Attempt, _: SourceLocation) -> Truth:
    return path_fits(pattern, attempt.path)


def _method(pattern: str, attempt: Attempt, _: SourceLocation) -> Truth:
    return text_fits(pattern, attempt.method)


def _host(pattern: str, attempt: Attempt, _: SourceLocation) -> Truth:
    return text_fits(pattern.lower(), attempt.host.lower())


def _port(pattern: str, attempt: Attempt, at: SourceLocation) -> Truth:
    return Unknown("a port of the pods", at) if attempt.port is None else pattern == str(attempt.port)


def _sni(pattern: str, attempt: Attempt, _: SourceLocation) -> Truth:
    return text_fits(pattern.lower(), attempt.sni.lower())


def header_test(name: str) -> Test:
    """Return a condition on a header."""

    def test(pattern: str, attempt: Attempt, at: SourceLocation) -> Truth:
        if name.lower() == XFCC:
            return Unknown(f"the header {name}", at)
        value = attempt.headers.get(name.lower())
        if value == FROM_CERTIFICATE:
            return Unknown(f"the header {name}, which the gateway fills", at)
        return value is not None and text_fits(pattern, value)

    return test


def _unknown(what: str) -> Test:
    return lambda _, __, at: Unknown(what, at)


ADDRESS, TOKEN = _unknown("addresses of clients"), _unknown("a JSON Web Token")
SOURCES: Mapping[str, Test] = {
    "principals": _principal,
    "namespaces": _namespace,
    "serviceAccounts": _account,
    "ipBlocks": ADDRESS,
    "remoteIpBlocks": ADDRESS,
    "requestPrincipals": TOKEN,
}
OPERATIONS: Mapping[str, Test] = {"paths": _path, "methods": _method, "hosts": _host, "ports": _port}
CONDITIONS: Mapping[str, Test] = {
    "source.principal": _principal,
    "source.namespace": _namespace,
    "destination.port": _port,
    "connection.sni": _sni,
}
