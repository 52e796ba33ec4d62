"""Where frontends listen, and what they do about client certificates."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.haproxy.haproxy_files import HaproxyFiles, Statement
from specdrift.source.haproxy.proxies import Proxy

MOST_PORTS = 50
"""Of one frontend."""
SELF_SIGNED = frozenset({"18", "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT"})
NO_ISSUER = (
    frozenset({"20", "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY"}),
    frozenset({"21", "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE"}),
)
FOREIGN_ROOT = frozenset({"19", "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN"})
"""Errors of OpenSSL that decide about a certificate of another CA."""
AUTH = {
    "none": GatewayClientAuth.NONE,
    "optional": GatewayClientAuth.OPTIONAL,
    "required": GatewayClientAuth.REQUIRED,
}
_FAMILY = re.compile(r"(?:ipv4|ipv6|udp|udp4|udp6|quic|quic4|quic6|tcp|tcp4|tcp6)@")
_LOCAL = ("/", "unix@", "abns@", "abnsz@", "sockpair@", "fd@")


class Verification(Struct, frozen=True):
    """What a listener does about client certificates."""

    auth: GatewayClientAuth = GatewayClientAuth.NONE
    ignores: bool = False
    """Errors in the verification of a certificate of another CA do not end the handshake."""

    def refuses(self, caller: GatewayCaller) -> bool:
        """Return whether the handshake fails."""
        if caller is GatewayCaller.ANONYMOUS:
            return self.auth is GatewayClientAuth.REQUIRED
        if caller is GatewayCaller.UNTRUSTED:
            return self.auth is not GatewayClientAuth.NONE and not self.ignores
        return False

    @property
    def shown(self) -> GatewayClientAuth:
        """As the result has it."""
        relaxed = self.ignores and self.auth is GatewayClientAuth.OPTIONAL
        return GatewayClientAuth.UNVERIFIED if relaxed else self.auth


class CertificateLine(Struct, frozen=True):
    """A certificate of a list, with the names that select it."""

    verification: Verification
    names: tuple[str, ...]
    location: SourceLocation


class Bind(Struct, frozen=True):
    """One address and port of a frontend."""

    address: str
    port: int
    local: bool
    """A socket of this machine without a port."""
    tls: bool
    quic: bool
    verification: Verification
    location: SourceLocation
    lines: tuple[CertificateLine, ...] = ()
    """Certificates of lists."""
    unread: str = ""
    """Settings that are not known, which may decide."""
    strict: bool = False
    """Names of no certificate are refused in the handshake."""
    listed_first: bool = False
    """The first certificate is one of a list."""

    @property
    def names_all(self) -> bool:
        """Return whether the names of all certificates are known."""
        return self.listed_first and all(line.names for line in self.lines)

    def verification_of(self, name: str) -> Verification:
        """Return what the certificate that a server name selects has of its own, or the listener's."""
        found = self.line_of(name)
        return found.verification if found else self.verification

    def line_of(self, name: str) -> CertificateLine | None:
        """Return the certificate of a list that a server name selects; without one, the first is the default."""
        wildcard = f"*.{name.partition('.')[2]}"
        for wanted in (name, wildcard):
            found = next((one for one in self.lines if wanted in one.names), None)
            if found is not None and f"!{name}" not in found.names:
                return found
        return self.lines[0] if self.lines and self.listed_first else None


def binds_of(proxy: Proxy, files: HaproxyFiles) -> Iterator[Bind]:
    """Yield the listeners of a frontend. What is not understood is listed."""
    left = MOST_PORTS
    for statement in proxy.section.all("bind"):
        options = statement.args[1:]
        if UNKNOWN_PART in " ".join(options):
            files.not_read(statement.location, "settings of the environment")
        for written in statement.arg(0).split(","):
            for one in _addresses(written, statement, files):
                if not left:
                    files.not_read(statement.location, f"listeners beyond the first {MOST_PORTS}")
                    return
                left -= 1
                lines = list(_lines(options, files, statement))
                yield replace(
                    one,
                    tls="ssl" in options or one.quic,
                    verification=_verification(options),
                    lines=tuple(filter(None, lines)),
                    listed_first="crt" not in options,
                    strict="strict-sni" in options,
                    unread=_unread(options, lines),
                )


def _addresses(written: str, statement: Statement, files: HaproxyFiles) -> Iterator[Bind]:
    place = statement.location
    bare = Bind("", 0, local=True, tls=False, quic=False, verification=Verification(), location=place)
    if written.startswith(_LOCAL):
        yield replace(bare, address=f"unix:{written.partition('@')[2] or written}")
        return
    family = _FAMILY.match(written)
    address, colon, ports = written[family.end() if family else 0 :].rpartition(":")
    first, _, last = ports.partition("-")
    if not colon or not first.isdecimal() or not (last or first).isdecimal():
        files.not_read(place, f"the address {written} is not evaluated")
        return
    quic = bool(family and family[0].startswith("quic"))
    host = "*" if address in ("", "*", "::", "[::]", "0.0.0.0") else address  # noqa: S104 - compared only
    for port in range(int(first), int(last or first) + 1)[: MOST_PORTS + 1]:
        yield replace(bare, address=host, port=port, local=False, quic=quic)


def _verification(options: tuple[str, ...], inherited: Verification | None = None) -> Verification:
    values = dict(pairwise(options))
    written = values.get("verify")
    auth = AUTH.get(written, GatewayClientAuth.NONE) if written else None
    if auth is None:
        auth = inherited.auth if inherited else GatewayClientAuth.NONE
    ignored = _ignored(values.get("crt-ignore-err", "")), _ignored(values.get("ca-ignore-err", ""))
    return Verification(auth, _admits_others(*ignored) or bool(inherited and inherited.ignores))


def _ignored(written: str) -> frozenset[str]:
    return frozenset(written.split(",")) - {""}


def _admits_others(leaf: frozenset[str], chain: frozenset[str]) -> bool:
    """Return whether a certificate of another CA passes: alone, self-signed, or with its own root."""
    if "all" in leaf or "all" in chain or leaf & SELF_SIGNED or chain & FOREIGN_ROOT:
        return True
    return all(leaf & one for one in NO_ISSUER)


def _unread(options: tuple[str, ...], lines: Sequence[CertificateLine | None]) -> str:
    if UNKNOWN_PART in " ".join(options):
        return "a setting of the environment"
    return "a list of certificates" if None in lines else ""


def _lines(
    options: tuple[str, ...], files: HaproxyFiles, statement: Statement
) -> Iterator[CertificateLine | None]:
    """Yield the certificates of lists; ``None`` for one that was not read."""
    own = _verification(options)
    for name in (value for key, value in pairwise(options) if key == "crt-list"):
        listed = files.lines_of(name, statement.location)
        if listed is None:
            files.not_read(statement.location, f"the list of certificates {name} was not read")
            yield None
        for line in listed or ():
            settings = re.search(r"\[([^\]]*)\]", line)
            names = (line[settings.end() :] if settings else line.partition(" ")[2]).split()
            found = _verification(tuple(settings[1].split()), own) if settings else own
            if found != own and not names:
                files.not_read(statement.location, f"a certificate of {name} with settings and without names")
                yield None
            yield CertificateLine(found, tuple(names), statement.location)
