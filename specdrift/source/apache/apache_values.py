"""A request while Apache processes it, and the values of its variables."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined

MOST_STEPS = 20_000
"""Maximum number of conditions and sections that one request may need."""
VERIFY = "SSL_CLIENT_VERIFY"
UNVERIFIED = (
    "GENEROUS",
    *(f"FAILED:{one}" for one in ("unable to verify the first certificate", "self-signed certificate")),
)
"""Results for a certificate of another authority that is let through: the text depends on the certificate."""
OF_REQUEST: Mapping[str, str] = {
    "HTTP_ACCEPT": "accept",
    "HTTP_COOKIE": "cookie",
    "HTTP_FORWARDED": "forwarded",
    "HTTP_HOST": "host",
    "HTTP_PROXY_CONNECTION": "proxy-connection",
    "HTTP_REFERER": "referer",
    "HTTP_USER_AGENT": "user-agent",
}
"""Variables that are headers."""


class ApacheValue(Struct, frozen=True):
    """The value of a variable, or of a text with variables."""

    content: str = ""
    unknown: str = ""
    """What it depends on, if it is not known."""
    chosen: bool = False
    """The client determines what is not known."""
    present: bool = False
    """It is not known, and not empty."""
    possible: tuple[str, ...] = ()
    """Of what is not known, examples of each kind of value."""

    @property
    def exact(self) -> bool:
        return not self.unknown

    @property
    def written(self) -> str:
        """Its text, with a mark for what is not known."""
        return UNKNOWN_PART if self.unknown else self.content

    def then(self, other: "ApacheValue") -> "ApacheValue":
        """Return both texts, one after the other."""
        if self.exact and other.exact:
            return ApacheValue(self.content + other.content)
        if self == ApacheValue() or other == ApacheValue():
            return other if self.exact else self
        parts = [one for one in (self, other) if one.unknown]
        known = any(one.content for one in (self, other) if one.exact)
        return ApacheValue(
            unknown=", ".join(one.unknown for one in parts),
            chosen=all(one.chosen for one in parts),
            present=known or any(one.present for one in parts),
        )


class ApacheRequest(Struct):
    """The request, with what was decided about it so far."""

    tls: bool
    server_name: str
    """SNI; empty if the client sends none."""
    caller: GatewayCaller
    """The certificate that the client has."""
    method: str
    target: str
    line: str
    """The request line: its target has scheme and host if the client sends them."""
    protocol: str
    host: str
    port: int
    headers: dict[str, list[str]]
    """The lines of each header, by lower-case name."""
    assumed: Mapping[str, bool]
    path: str = ""
    """As the server decodes it, or rewrites it."""
    raw: str = ""
    """The path as sent."""
    query: str = ""
    presented: bool = False
    """The certificate was requested, and the client has one."""
    known: PresentedCertificate | None = None
    """The certificate of the caller, if it is known."""
    environment: dict[str, ApacheValue] = field(default_factory=dict)
    steps: int = MOST_STEPS

    @property
    def certificate(self) -> GatewayCaller:
        """The certificate as variables show it."""
        return self.caller if self.presented else GatewayCaller.ANONYMOUS

    def header(self, name: str) -> str:
        """Return the value of a header: its lines joined by commas."""
        return ", ".join(self.headers.get(name.lower(), ()))

    def spend(self, steps: int = 1) -> None:
        """Count what was evaluated. Raises Undetermined for too much."""
        self.steps -= steps
        if self.steps < 0:
            raise Undetermined("too many conditions")


def is_of_certificate(name: str) -> bool:
    """Return whether a variable is about the client certificate."""
    return name.upper().startswith("SSL_CLIENT_")


def variable(name: str, request: ApacheRequest) -> ApacheValue:
    """Return the value of a variable; an empty one if it has none."""
    name = name.upper()
    if name in _KNOWN:
        return ApacheValue(_KNOWN[name](request))
    if name in OF_REQUEST:
        return of_header(OF_REQUEST[name], request)
    if name.startswith(("SSL_", "HTTPS")):
        return _of_tls(name, request)
    return ApacheValue(unknown=f"%{{{name}}}")


def rewrite_variable(name: str, request: ApacheRequest, path: str) -> ApacheValue:
    """Return the value of a variable as mod_rewrite has it; ``path`` is the one that rules have made."""
    kind, colon, argument = name.partition(":")
    if colon:
        if kind.upper() == "HTTP":
            return of_header(argument, request)
        if kind.upper() == "SSL":
            return variable(argument, request)
        if kind.upper() == "ENV":
            return request.environment.get(argument, ApacheValue())
        return ApacheValue(unknown=f"%{{{name}}}")
    if name.upper() in ("REQUEST_FILENAME", "SCRIPT_FILENAME"):
        return ApacheValue(path)
    # The variables of mod_ssl are known behind SSL: alone.
    return ApacheValue() if name.upper().startswith("SSL_") else variable(name, request)


def of_header(name: str, request: ApacheRequest) -> ApacheValue:
    """Return the value of a header of the request."""
    text = request.header(name)
    if UNKNOWN_PART in text:
        return ApacheValue(unknown=f"the header {name}", chosen=True, present=True)
    return ApacheValue(text)


def _of_tls(name: str, request: ApacheRequest) -> ApacheValue:
    if not request.tls:
        return ApacheValue()
    if name == "SSL_TLS_SNI":
        return ApacheValue(request.server_name)
    if is_of_certificate(name):
        return _of_certificate(name, request)
    return ApacheValue(unknown=f"%{{{name}}}", chosen=not name.startswith("SSL_SERVER_"))


def _of_certificate(name: str, request: ApacheRequest) -> ApacheValue:
    shown, chosen = request.certificate, f"%{{{name}}}"
    if name == VERIFY and shown is GatewayCaller.UNTRUSTED:
        return ApacheValue(unknown=chosen, chosen=True, present=True, possible=UNVERIFIED)
    if name == VERIFY:
        return ApacheValue("SUCCESS" if request.presented else "NONE")
    if not request.presented:
        return ApacheValue()
    text = _of_known(name.removeprefix("SSL_CLIENT_"), request.known) if request.known is not None else None
    if text is not None:
        return ApacheValue(text)
    # Certificates may lack a part of a name; they all have these.
    whole = name in ("SSL_CLIENT_S_DN", "SSL_CLIENT_I_DN", "SSL_CLIENT_M_SERIAL", "SSL_CLIENT_CERT")
    return ApacheValue(unknown=chosen, chosen=True, present=whole)


def _of_known(part: str, known: PresentedCertificate) -> str | None:
    """Return what a variable holds of a known certificate; empty for an attribute that its name lacks."""
    if part == "M_SERIAL":
        return known.serial_of_openssl
    for prefix, name in (("S_DN", known.subject), ("I_DN", known.issuer)):
        if part == prefix:
            return name.rfc2253
        kind, _, number = part.removeprefix(f"{prefix}_").partition("_")
        if part.startswith(f"{prefix}_") and kind in _ATTRIBUTES and (number or "0").isdecimal():
            values = name.values(_ATTRIBUTES[kind])
            return None if values is None else "".join(values[int(number or "0") :][:1])
    return None


_ATTRIBUTES: Mapping[str, str] = {
    **{one: one for one in ("C", "ST", "L", "O", "OU", "CN", "UID")},
    "EMAIL": "emailAddress",
}
"""Types of attributes as variables name them, in upper case."""


_KNOWN: Mapping[str, Callable[[ApacheRequest], str]] = {
    "HTTPS": lambda request: "on" if request.tls else "off",
    "REQUEST_SCHEME": lambda request: "https" if request.tls else "http",
    "REQUEST_METHOD": lambda request: request.method,
    "REQUEST_URI": lambda request: request.path,
    "QUERY_STRING": lambda request: request.query,
    "THE_REQUEST": lambda request: request.line,
    "SERVER_PORT": lambda request: str(request.port),
    "REQUEST_PROTOCOL": lambda request: request.protocol,
    "SERVER_PROTOCOL": lambda request: request.protocol,
}
