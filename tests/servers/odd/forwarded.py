"""Servers that trust a header about the caller, and their parsers of it."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from specdrift.checks.forwarded.formats import NAMED_COOKIES
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.servers.python.api import Resource

Certificate = x509.Certificate
LARGE = 1000
QUOTED = re.compile(r'\bCert="([^"]*)"')


def _pem(text: str) -> Certificate:
    if "\n" not in text:
        raise ValueError(text)  # the library also accepts spaces
    return x509.load_pem_x509_certificate(text.encode())


def _spaced(text: str) -> Certificate:
    body = text.removeprefix("-----BEGIN CERTIFICATE-----").removesuffix("-----END CERTIFICATE-----")
    return _der(body.replace(" ", ""))


def _der(text: str) -> Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))


def _sequence(text: str) -> Certificate:
    if not (text.startswith(":") and text.endswith(":")):
        raise ValueError(text)
    return _der(text[1:-1])


def _envoy(text: str) -> Certificate:
    found = QUOTED.search(text)
    if found is None:
        raise ValueError(text)
    return _pem(unquote(found[1]))


def _lambda(text: str) -> Certificate:
    return _pem(json.loads(text)["identity"]["clientCert"]["clientCertPem"])


CERTIFICATES: dict[str, Callable[[str], Certificate]] = {
    "RFC 9440 byte sequence": _sequence,
    "percent-encoded PEM": lambda text: _pem(unquote(text)),
    "percent-encoded PEM, +=/ as they are": lambda text: _pem(unquote(text)),
    "PEM with spaces for newlines": _spaced,
    "base64 of DER": _der,
    "Envoy's Hash, Cert, Subject": _envoy,
    "request context": _lambda,
}
"""Formats that carry a whole certificate."""


def common_name(name: x509.Name) -> str:
    """The CN of a name."""
    return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _dns_names(certificate: Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.DNSName)


def _slashed(name: x509.Name) -> str:
    return "".join(f"/{part.rfc4514_string()}" for part in name.rdns)


def _principal(certificate: Certificate, text: str) -> bool:
    claims = json.loads(base64.b64decode(text))["claims"]
    return {"typ": "name", "val": common_name(certificate.subject)} in claims


def _validity(certificate: Certificate, text: str) -> bool:
    begins, ends = (part.partition("=")[2] for part in text.split(";"))
    return (begins, ends) == (
        certificate.not_valid_before_utc.isoformat().replace("+00:00", "Z"),
        certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
    )


FACTS: dict[str, Callable[[Certificate, str], bool]] = {
    "subject": lambda c, text: text == c.subject.rfc4514_string(),
    "issuer": lambda c, text: text == c.issuer.rfc4514_string(),
    "subject with slashes": lambda c, text: text == _slashed(c.subject),
    "issuer with slashes": lambda c, text: text == _slashed(c.issuer),
    "issuer's common name": lambda c, text: text == common_name(c.issuer),
    "serial number": lambda c, text: int(text, 16) == c.serial_number,
    "SHA-1 fingerprint": lambda c, text: bytes.fromhex(text) == c.fingerprint(hashes.SHA1()),  # noqa: S303
    "SHA-256 fingerprint": lambda c, text: bytes.fromhex(text) == c.fingerprint(hashes.SHA256()),
    "serial number in decimal": lambda c, text: text == str(c.serial_number),
    "SHA-1 fingerprint in upper case": lambda c, text: text == c.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
    "SHA-256 fingerprint with colons": lambda c, text: (
        text == c.fingerprint(hashes.SHA256()).hex(":").upper()
    ),
    "SHA-256 fingerprint in base64": lambda c, text: base64.b64decode(text) == c.fingerprint(hashes.SHA256()),
    "begin of validity": lambda c, text: text == c.not_valid_before_utc.strftime("%y%m%d%H%M%SZ"),
    "end of validity": lambda c, text: text == c.not_valid_after_utc.strftime("%y%m%d%H%M%SZ"),
    "begin of validity, RFC 3339": lambda c, text: text == f"{c.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
    "end of validity, RFC 3339": lambda c, text: text == f"{c.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
    "validity": _validity,
    "common name": lambda c, text: text == common_name(c.subject),
    NAMED_COOKIES.words: lambda c, text: f"uid={common_name(c.subject)};" in text,
    "mail address": lambda c, text: text.partition("@")[0] == common_name(c.subject),
    "mail address with its provider": lambda c, text: f":{common_name(c.subject)}@" in text,
    "URI": lambda c, text: text.endswith("/" + common_name(c.subject)),
    "list of URIs": lambda c, text: base64.b64decode(text[1:-1]).endswith(common_name(c.subject).encode()),
    "list of DNS names": lambda c, text: base64.b64decode(text[1:-1]).decode() in _dns_names(c),
    "client principal": _principal,
    "Traefik's Subject, Issuer, NB, NA": lambda c, text: f'"{c.subject.rfc4514_string()}"' in unquote(text),
    "role": lambda c, text: text in c.subject.rfc4514_string(),
    "roles": lambda c, text: text in c.subject.rfc4514_string(),
    "organizational unit": lambda c, text: text in c.subject.rfc4514_string(),
}
"""Formats that carry part of a certificate, and whether a value matches this certificate."""


def named_caller(words: str, value: str, known: Iterable[Certificate]) -> str | None:
    """Return the caller that a value in this format names; other formats expect ``words`` itself as the value."""
    for certificate in known:
        if _names(words, value, certificate):
            return common_name(certificate.subject)
    return None


def _names(words: str, value: str, certificate: Certificate) -> bool:
    try:
        if words in CERTIFICATES:
            shown = CERTIFICATES[words](value)
            return shown.public_bytes(Encoding.DER) == certificate.public_bytes(Encoding.DER)
        return FACTS[words](certificate, value) if words in FACTS else value == words
    except ValueError:
        return False


class TrustsHeader(Guarded):
    """Takes an anonymous client for the caller of the header; ``known`` are the certificates it can match."""

    header = "X-Forwarded-User"
    words = "common name"
    known: tuple[Certificate, ...] = ()

    @property
    def caller(self) -> str | None:
        """The name in the certificate, else in the header."""
        return super().caller or self.claimed

    @property
    def claimed(self) -> str | None:
        """The caller that the header names; without known certificates, any name is accepted."""
        value = self.headers.get(self.header)
        if value is None or not self.known:
            return value
        return named_caller(self.words, value, self.known)


class PrefersHeader(TrustsHeader):
    """The header precedes the certificate."""

    @property
    def caller(self) -> str | None:
        """The name in the header, else in the certificate."""
        return self.claimed or super().caller

    def granted(self, resource: Resource) -> None:
        """Return the caller with the resource."""
        self.reply(200, {**resource.body, "to": self.caller})


class TrustsPresence(TrustsHeader):
    """Accepts the header whatever its value."""

    @property
    def claimed(self) -> str | None:
        """A caller, where the header is present."""
        return "alice" if self.header in self.headers else None


class TrustsVerified(TrustsHeader):
    """Trusts a name where another header says that it was verified."""

    @property
    def claimed(self) -> str | None:
        """The name, where both headers are present."""
        verified = self.headers.get("X-SSL-Client-Verify") == "SUCCESS"
        return (
            self.headers.get("X-SSL-Client-S-DN", "").partition(",")[0].removeprefix("CN=")
            if verified
            else None
        )


class SplitsNames(TrustsHeader):
    """Its proxy rejects one name in the header, the application takes the last of a list (CVE-2026-31838)."""

    @property
    def claimed(self) -> str | None:
        """The last of several names."""
        _, comma, last = self.headers.get(self.header, "").rpartition(",")
        return last if comma else None


class RefusesJoinedNames(TrustsHeader):
    """Rejects the header, whatever it is."""

    def respond(self) -> None:
        """Answer 400 for the header."""
        if self.header in self.headers:
            return self.reply(400, {"error": "bad request"})
        return super().respond()


class ReadsSpacedNames(TrustsHeader):
    """Its proxy deletes the header by its name, the application strips a space from the name (RFC 9112 §5.1)."""

    def parse_request(self) -> bool:
        """Read the head before the base class, which ends it at a malformed name: write `Spaced-` for the space."""
        stream, lines = self.rfile, []
        while (line := stream.readline()).strip():
            name, colon, value = line.partition(b":")
            if not colon:
                name, _, value = line.partition(b" ")
                lines.append(b"Line-" + name + b": " + value)
            else:
                lines.append(line if name == name.strip() else b"Spaced-" + name.strip() + colon + value)
        self.rfile = io.BufferedReader(io.BytesIO(b"".join([*lines, b"\r\n"])))
        try:
            return super().parse_request()
        finally:
            self.rfile = stream

    @property
    def claimed(self) -> str | None:
        """The name, where a space is before or after the header's."""
        return self.headers.get(f"Spaced-{self.header}")


class RefusesSpacedNames(ReadsSpacedNames):
    """Rejects a space before the colon, as RFC 9112 §5.1 requires."""

    def respond(self) -> None:
        """Answer 400 for a name with a space."""
        if any(name.startswith("Spaced-") for name in self.headers):
            return self.reply(400, {"error": "bad request"})
        return super().respond()


class ReadsLinesWithoutColon(ReadsSpacedNames):
    """Its proxy deletes the header by its name, the application ends a name at a space too (CVE-2026-28368)."""

    @property
    def claimed(self) -> str | None:
        """The name in a line without a colon."""
        return self.headers.get(f"Line-{self.header}")


class RefusesLinesWithoutColon(ReadsLinesWithoutColon):
    """Rejects a line without a colon, as RFC 9112 §5 requires."""

    def respond(self) -> None:
        """Answer 400 for such a line."""
        if any(name.startswith("Line-") for name in self.headers):
            return self.reply(400, {"error": "bad request"})
        return super().respond()


class ReturnsTheCaller(Guarded):
    """Ignores headers, and returns the caller with the resource."""

    def granted(self, resource: Resource) -> None:
        """Return the caller with the resource."""
        self.reply(200, {**resource.body, "to": self.caller})


class AdmitsLargeHeader(Guarded):
    """Skips the guard for a large header section: control headers have the same effect."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate, or a name for a large header section."""
        size = sum(len(name) + len(value) for name, value in self.headers.items())
        return super().caller or ("alice" if size > LARGE else None)
