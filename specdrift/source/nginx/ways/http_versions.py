"""The versions of HTTP that listeners speak."""

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import GatewayEntry
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.ways.all_statements import everything

HTTP_2, HTTP_3 = "HTTP/2.0", "HTTP/3.0"


class HttpVersions(Struct, frozen=True):
    """Those of a configuration."""

    has_http_2: bool
    """Some listener or server has it; which others then have it depends on the names of requests, too."""

    @classmethod
    def of(cls, http: Directive) -> "HttpVersions":
        """Look for the statements that turn HTTP/2 on."""
        return cls(any(map(_turns_on, everything(http))))

    def spoken(self, choice: ClientChoice, entry: GatewayEntry) -> ClientChoice | None:
        """Return a choice with a version that a listener speaks; ``None`` if the choice was that version alone."""
        speaks = {HTTP_2: self.has_http_2 and not entry.quic, HTTP_3: entry.quic}
        if not choice.protocol or speaks.get(choice.protocol, not entry.quic):
            return choice
        return None if choice.what == choice.protocol else replace(choice, protocol="")


def _turns_on(one: Directive) -> bool:
    return (one.name == "http2" and one.first == "on") or (one.name == "listen" and "http2" in one.args[1:])
