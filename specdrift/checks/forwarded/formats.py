"""Formats in which proxies write a client certificate or its fields into a header. Pure.

One function for each format; all take a ``Claim``.
"""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from hashlib import sha1, sha256
from urllib.parse import quote

from msgspec import Struct

from specdrift.checks.forwarded.claim import Claim

Encoder = Callable[[Claim], str]


class Format(Struct, frozen=True):
    """A named encoding of a claim."""

    words: str
    """Name for reports and probes, unique."""
    encoder: Encoder

    def encode(self, claim: Claim) -> str:
        """Return the value of a header that makes this claim."""
        return _encoded(self.encoder, claim)


@lru_cache(maxsize=1024)
def _encoded(encoder: Encoder, claim: Claim) -> str:
    """Encode once: hundreds of headers, for every operation, have a certificate in one of a few encodings."""
    return encoder(claim)


def byte_sequence(claim: Claim) -> str:
    """A byte sequence (RFC 9651 §3.3.5), as required by RFC 9440 §2.1; also a list with one member."""
    return f":{claim.base64}:"


def escaped_pem(claim: Claim) -> str:
    """Percent-encoded PEM: ``$ssl_client_escaped_cert``."""
    return quote(claim.pem, safe="")


def amazon_pem(claim: Claim) -> str:
    """Percent-encoded PEM except ``+``, ``=`` and ``/``, as Amazon's load balancers write it."""
    return quote(claim.pem, safe="+=/")


def spaced_pem(claim: Claim) -> str:
    """PEM with spaces instead of newlines: mod_headers, Tomcat's SSLValve."""
    return claim.pem.strip().replace("\n", " ")


def base64_der(claim: Claim) -> str:
    """Base64 of DER: PEM without delimiters and newlines."""
    return claim.base64


def envoy(claim: Claim) -> str:
    """An element of ``X-Forwarded-Client-Cert`` as Envoy writes it."""
    pem = escaped_pem(claim)
    names = "".join(f";URI={uri}" for uri in claim.uris) + "".join(f";DNS={name}" for name in claim.domains)
    subject = claim.subject.replace('"', '\\"')
    proxy = "By=spiffe://cluster.local/ns/default/sa/gateway"
    return f'{proxy};Hash={sha256_hex(claim)};Cert="{pem}";Chain="{pem}";Subject="{subject}"{names}'


def traefik_info(claim: Claim) -> str:
    """Percent-encoded members of ``X-Forwarded-Tls-Client-Cert-Info``."""
    since, until = int(claim.not_before.timestamp()), int(claim.not_after.timestamp())
    members = f'Subject="{claim.subject}";Issuer="{claim.issuer}";NB="{since}";NA="{until}"'
    return quote(f'{members};SAN="{",".join(claim.domains)}"', safe="")


def subject(claim: Claim) -> str:
    """The subject, most specific part first (RFC 4514)."""
    return claim.subject


def issuer(claim: Claim) -> str:
    """The issuer, most specific part first (RFC 4514)."""
    return claim.issuer


def slashed_subject(claim: Claim) -> str:
    """The subject as OpenSSL used to print it, most general part first."""
    return _slashed(claim.subject)


def slashed_issuer(claim: Claim) -> str:
    """The issuer as OpenSSL used to print it, most general part first."""
    return _slashed(claim.issuer)


def _slashed(name: str) -> str:
    parts = name.replace("\\,", "\0").split(",")
    return "".join(f"/{part}" for part in reversed(parts)).replace("\0", ",")


def issuer_common_name(claim: Claim) -> str:
    """The first part of the issuer, without its type."""
    return claim.issuer.partition(",")[0].partition("=")[2]


def serial(claim: Claim) -> str:
    """The serial number in upper-case hexadecimal."""
    return claim.serial.upper()


def serial_decimal(claim: Claim) -> str:
    """The serial number as Go and Java print it."""
    return str(int(claim.serial or "0", 16))


def sha1_hex(claim: Claim) -> str:
    """The SHA-1 fingerprint: ``$ssl_client_fingerprint``. An identifier, not a security measure."""
    return sha1(claim.der, usedforsecurity=False).hexdigest()


def sha256_hex(claim: Claim) -> str:
    """The SHA-256 fingerprint in hexadecimal."""
    return sha256(claim.der).hexdigest()


def sha1_upper(claim: Claim) -> str:
    """``X509Certificate2.Thumbprint`` of .NET."""
    return sha1_hex(claim).upper()


def sha256_colons(claim: Claim) -> str:
    """``fingerprint256`` of Node.js."""
    return sha256(claim.der).digest().hex(":").upper()


def sha256_base64(claim: Claim) -> str:
    """The SHA-256 fingerprint in base64: ``client_cert_sha256_fingerprint`` of Google's load balancers."""
    return base64.b64encode(sha256(claim.der).digest()).decode("ascii")


def not_before(claim: Claim) -> str:
    """notBefore as ``ssl_c_notbefore``: YYMMDDhhmmssZ."""
    return f"{claim.not_before:%y%m%d%H%M%SZ}"


def not_after(claim: Claim) -> str:
    """notAfter as ``ssl_c_notafter``: YYMMDDhhmmssZ."""
    return f"{claim.not_after:%y%m%d%H%M%SZ}"


def not_before_iso(claim: Claim) -> str:
    """notBefore (RFC 3339)."""
    return _iso(claim.not_before)


def not_after_iso(claim: Claim) -> str:
    """notAfter (RFC 3339)."""
    return _iso(claim.not_after)


def validity(claim: Claim) -> str:
    """Both dates of the validity, as Amazon writes them."""
    return f"NotBefore={_iso(claim.not_before)};NotAfter={_iso(claim.not_after)}"


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


COOKIES = ("uid", "user", "userid", "user_id", "username", "login", "account", "identity", "sub")
"""Names of cookies in which applications keep who is logged in; not those of sessions, whose values are random."""


def cookies(claim: Claim) -> str:
    """Cookies (RFC 6265 §4.2) that each name the client."""
    return "; ".join(f"{cookie}={quote(claim.name, safe='@')}" for cookie in COOKIES)


def name(claim: Claim) -> str:
    """The common name, which applications use as the user name."""
    return claim.name


def roles(claim: Claim) -> str:
    """The roles, separated by commas."""
    return ",".join(claim.roles)


def role(claim: Claim) -> str:
    """One role, which the operation is for."""
    return claim.roles[0]


def unit(claim: Claim) -> str:
    """The organizational unit of the subject (RFC 4519 §2.20); many services keep a role in it."""
    return claim.unit or claim.roles[0]


def email(claim: Claim) -> str:
    """A mail address."""
    return claim.email


def google_email(claim: Claim) -> str:
    """A mail address as Identity-Aware Proxy writes it."""
    return f"accounts.google.com:{claim.email}"


def uri(claim: Claim) -> str:
    """The first URI of the subject alternative name, else a made-up SPIFFE ID."""
    return claim.uris[0]


def uris(claim: Claim) -> str:
    """All URIs of the subject alternative name, each as base64 in a list, as Google's load balancers write them."""
    return ",".join(f":{base64.b64encode(uri.encode()).decode()}:" for uri in claim.uris)


def domains(claim: Claim) -> str:
    """All DNS names of the subject alternative name, as ``uris``."""
    return ",".join(f":{base64.b64encode(name.encode()).decode()}:" for name in claim.domains)


def azure_principal(claim: Claim) -> str:
    """The client principal of App Service: JSON in base64."""
    claims = [{"typ": "name", "val": claim.name}, *({"typ": "roles", "val": role} for role in claim.roles)]
    principal = {"auth_typ": "aad", "name_typ": "name", "role_typ": "roles", "claims": claims}
    return base64.b64encode(json.dumps(principal).encode()).decode("ascii")


def lambda_context(claim: Claim) -> str:
    """The request context of the Lambda Web Adapter, with the certificate of API Gateway."""
    certificate = {
        "clientCertPem": claim.pem,
        "subjectDN": claim.subject,
        "issuerDN": claim.issuer,
        "serialNumber": claim.serial,
        "validity": {"notBefore": _iso(claim.not_before), "notAfter": _iso(claim.not_after)},
    }
    return json.dumps(
        {"identity": {"clientCert": certificate}, "authentication": {"clientCert": certificate}}
    )


def word(genuine: str, otherwise: str) -> Format:
    """Return a format with one value for a verified certificate, and another for a rejected one."""
    return Format(genuine, lambda claim: genuine if claim.genuine else otherwise)


BYTE_SEQUENCE = Format("RFC 9440 byte sequence", byte_sequence)
ESCAPED_PEM = Format("percent-encoded PEM", escaped_pem)
AMAZON_PEM = Format("percent-encoded PEM, +=/ as they are", amazon_pem)
SPACED_PEM = Format("PEM with spaces for newlines", spaced_pem)
BASE64_DER = Format("base64 of DER", base64_der)
ENVOY = Format("Envoy's Hash, Cert, Subject", envoy)
TRAEFIK_INFO = Format("Traefik's Subject, Issuer, NB, NA", traefik_info)
SUBJECT, ISSUER = Format("subject", subject), Format("issuer", issuer)
SLASHED_SUBJECT, SLASHED_ISSUER = (
    Format("subject with slashes", slashed_subject),
    Format("issuer with slashes", slashed_issuer),
)
ISSUER_COMMON_NAME = Format("issuer's common name", issuer_common_name)
SERIAL = Format("serial number", serial)
SHA1, SHA256, SHA256_BASE64 = (
    Format("SHA-1 fingerprint", sha1_hex),
    Format("SHA-256 fingerprint", sha256_hex),
    Format("SHA-256 fingerprint in base64", sha256_base64),
)
SERIAL_DECIMAL = Format("serial number in decimal", serial_decimal)
SHA1_UPPER, SHA256_COLONS = (
    Format("SHA-1 fingerprint in upper case", sha1_upper),
    Format("SHA-256 fingerprint with colons", sha256_colons),
)
NOT_BEFORE, NOT_AFTER = Format("begin of validity", not_before), Format("end of validity", not_after)
NOT_BEFORE_ISO = Format("begin of validity, RFC 3339", not_before_iso)
NOT_AFTER_ISO = Format("end of validity, RFC 3339", not_after_iso)
VALIDITY = Format("validity", validity)
NAMED_COOKIES = Format(f"common name in {', '.join(COOKIES)}", cookies)
NAME, ROLE, ROLES = Format("common name", name), Format("role", role), Format("roles", roles)
UNIT = Format("organizational unit", unit)
EMAIL, GOOGLE_EMAIL = Format("mail address", email), Format("mail address with its provider", google_email)
URI, URIS, DOMAINS = Format("URI", uri), Format("list of URIs", uris), Format("list of DNS names", domains)
AZURE_PRINCIPAL = Format("client principal", azure_principal)
LAMBDA_CONTEXT = Format("request context", lambda_context)
SUCCESS = word("SUCCESS", "FAILED:unable to verify the first certificate")
ZERO = word("0", "20")
"""OpenSSL verification results: 0 is X509_V_OK, 20 an unknown issuer."""
ONE, TRUE, FALSE, OK = word("1", "0"), word("true", "false"), word("false", "true"), word("ok", "failed")
NO_ERROR = word("no error", "client_cert_validation_failed")
CIPHER = word("ECDHE-ECDSA-AES256-GCM-SHA384", "(NONE)")
SESSION = word("0123456789abcdef0123456789abcdef", "0")
LOOPBACK = word("127.0.0.1", "203.0.113.1")
"""A loopback address, and a documentation address (RFC 5737)."""
PRIVATE = word("10.0.0.7", "203.0.113.1")
"""An address of a private network (RFC 1918): services often admit these."""
FORWARDED_PRIVATE = word("for=10.0.0.7;proto=https", "for=203.0.113.1;proto=http")
FORWARDED = word("for=127.0.0.1;proto=https", "for=203.0.113.1;proto=http")
HTTPS, PORT = word("https", "http"), word("443", "80")
HTTP, HTTP_PORT = word("http", "https"), word("80", "443")
"""A hop inside the network, or a health check, is often without TLS."""
