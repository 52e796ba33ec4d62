"""Values of the client certificate: of its variables, and of maps that list fingerprints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.nginx.variable_values import SOME, Value

if TYPE_CHECKING:
    from specdrift.source.nginx.variables import Map

_SOURCES = frozenset({"$ssl_client_fingerprint", "${ssl_client_fingerprint}"})
_FINGERPRINT = re.compile(r"[0-9a-f]{40}")
"""SHA-1, as nginx writes it; another text is the fingerprint of no certificate."""
_FALSE = frozenset({"", "0"})
_WRITTEN: Mapping[str, Callable[[PresentedCertificate], str | None]] = {
    "ssl_client_s_dn": lambda one: one.subject.rfc2253,
    "ssl_client_i_dn": lambda one: one.issuer.rfc2253,
    "ssl_client_s_dn_legacy": lambda one: one.subject.slashed,
    "ssl_client_i_dn_legacy": lambda one: one.issuer.slashed,
    "ssl_client_serial": lambda one: one.serial_of_openssl,
    "ssl_client_fingerprint": lambda one: one.sha1,
}


def value_of(name: str, presented: PresentedCertificate | None) -> Value:
    """Return the value of a variable about a certificate, as far as it is known."""
    written = _WRITTEN.get(name)
    text = written(presented) if written is not None and presented is not None else None
    return SOME if text is None else Value(text)


def by_listing(found: Map) -> Mapping[bool, Value] | None:
    """Return the values of a map for a certificate that it lists, and for any other one; ``None`` if they are unknown.

    The certificate of an untrusted client is in no list: by that it would be trusted. Expressions are not followed,
    because beginnings of fingerprints can be made.
    """
    if found.source not in _SOURCES or found.patterns or found.hostnames or found.unread is not None:
        return None
    listed = {entry.first for text, entry in found.plain.items() if _FINGERPRINT.fullmatch(text)}
    if not listed or any("$" in value for value in (*listed, found.default)):
        return None
    if len(listed) == 1:
        return {True: Value(listed.pop()), False: Value(found.default)}
    return None if listed & _FALSE else {True: SOME, False: Value(found.default)}
