"""The calls of gRPC that are sent, over HTTP/2 and as gRPC-Web. Pure."""

import re

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlanContext
from specdrift.checks.undocumented.wordlist import EndpointKind
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_1, HTTP_2, Phase, Probe, ProbeTag, Request

NAME = "grpc"
"""Of the check."""
FIELDS = (("content-type", "application/grpc"), ("te", "trailers"))
WEB_FIELDS = (("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1"))
EMPTY = b"\0\0\0\0\0"
"""An empty message: one byte for no compression, four for its length."""
LIST_SERVICES = b"\0\0\0\0\2\x3a\0"
"""``ServerReflectionRequest`` with ``list_services`` (field 7)."""
METHOD = re.compile(r"/(?:\w{1,100}\.){1,20}\w{1,100}/\w{1,100}", re.ASCII)
"""The path of a call: package, service and method."""


class GrpcCall(Struct, frozen=True, kw_only=True):
    """A call of one method."""

    path: str
    message: bytes
    kind: EndpointKind
    words: str
    """What the method does, for a message."""
    streams: bool = False
    """Its requests are a stream."""
    instead_of: str = ""
    """Sent only if this other method is not implemented."""
    source: str = ""
    """The imported traffic that has it; empty for methods that read only, which need no permission."""

    @property
    def tag(self) -> ProbeTag:
        """The tag of its probes."""
        return ProbeTag(name=self.path, subject=self.subject)

    @property
    def get_tag(self) -> ProbeTag:
        """The tag of GET of its path."""
        return ProbeTag(name=f"GET {self.path}", subject=self.subject)

    @property
    def subject(self) -> str:
        """The subject of its finding."""
        return f"gRPC {self.path}"

    def probe(self, context: PlanContext, why: str) -> Probe:
        """Return the call without a certificate."""
        return Probe(
            check=NAME,
            operation=None,
            identity=ANONYMOUS.name,
            connection=replace(context.connection(context.tls[0]), alpn=alpn_for(context)),
            request=Request(method="POST", target=self.path, headers=fields_for(context), body=self.message),
            phase=Phase.MAIN,
            variant=f"call {self.path}",
            tag=self.tag,
            why=why,
        )


REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
READING = (
    GrpcCall(
        path="/grpc.health.v1.Health/Check",
        message=EMPTY,
        kind=EndpointKind.INFORMS,
        words="the state of the server",
    ),
    GrpcCall(
        path=REFLECTION,
        message=LIST_SERVICES,
        kind=EndpointKind.SERVES,
        words="the names of all services",
        streams=True,
    ),
    GrpcCall(
        path="/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        message=LIST_SERVICES,
        kind=EndpointKind.SERVES,
        words="the names of all services",
        streams=True,
        instead_of=REFLECTION,
    ),
)
"""Methods that every gRPC library brings along. They read only."""


def alpn_for(context: PlanContext) -> tuple[str, ...]:
    """HTTP/2 where the listener has it."""
    return HTTP_2 if HTTP_2 in context.alpn else HTTP_1


def fields_for(context: PlanContext) -> tuple[tuple[str, str], ...]:
    """Those of gRPC over HTTP/2, else of gRPC-Web."""
    return FIELDS if HTTP_2 in context.alpn else WEB_FIELDS
