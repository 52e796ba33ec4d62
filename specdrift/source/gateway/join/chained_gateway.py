"""A gateway with those behind it, as one: what becomes of a request is what the last of them does with it."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, GatewayEntry, Passage
from specdrift.model.result.source import ListenerKind, UnresolvedExpression
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ANY_VALUE, ClientChoice
from specdrift.source.gateway.exchange import (
    Decision,
    GatewayConfiguration,
    GatewayRequest,
    comparable,
)
from specdrift.source.gateway.headers import MARKER
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.keys.same_object import SameObject

ROOT = "/"
HOST = "host"
NOT_KNOWN = "the path that the gateway behind gets"
ELSEWHERE = "whether clients reach it elsewhere than at {}, as the gateway in front does"
SEVERAL = "what the gateway behind gets: its server, the host and the certificate of the gateway in front"


class InnerServer(Struct, frozen=True, eq=False):
    """A server of a gateway behind another one."""

    configuration: GatewayConfiguration
    """That gateway, with those behind it."""
    entry: GatewayEntry


class ChainedGateway(Struct, eq=False, kw_only=True):
    """A gateway that hands requests to others which were read."""

    outer: GatewayConfiguration
    own: tuple[GatewayEntry, ...]
    """The servers that clients reach by themselves."""
    behind: Mapping[str, tuple[InnerServer, ...]]
    """Servers of the gateways behind, by the address that this one hands requests to."""
    wide: Mapping[SameObject[GatewayEntry], str]
    """Servers that clients may reach beside the gateway in front, with its address of them, by identity."""
    entries: tuple[GatewayEntry, ...] = ()
    servers: tuple[InnerServer, ...] = ()
    """All of those behind."""
    read_behind: frozenset[str] | None = None
    """The headers that conditions behind look at, when they were asked for."""
    chosen: dict[SameObject[object], tuple[ClientChoice, ...]] = field(default_factory=dict)
    plain: dict[SameObject[GatewayEntry], GatewayEntry] = field(default_factory=dict)
    """Servers that hand on connections, as the configuration has them, by the identity of what stands for them."""

    def __post_init__(self) -> None:
        """Take TLS as that of the gateway behind, where connections are handed on."""
        self.servers = _distinct(one for each in self.behind.values() for one in each)
        self.entries = tuple(self._as_seen(one) for one in self.own)

    @property
    def unresolved(self) -> tuple[UnresolvedExpression, ...]:
        return self.outer.unresolved

    @property
    def files(self) -> int:
        return self.outer.files

    def _as_seen(self, entry: GatewayEntry) -> GatewayEntry:
        request = GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method="GET", target=ROOT)
        decision = self.outer.decide(request) if self.behind else None
        if decision is None or not decision.raw:
            return entry
        inner = [one.entry for address in decision.upstream for one in self.behind.get(address, ())]
        if not inner or any(one.kind is not ListenerKind.TLS for one in inner):
            return entry
        auths = {one.client_auth for one in inner}
        auth = auths.pop() if len(auths) == 1 else GatewayClientAuth.OPTIONAL
        seen = replace(entry, kind=ListenerKind.TLS, client_auth=auth)
        self.plain[SameObject(seen)] = entry
        return seen

    def decide(self, request: GatewayRequest) -> Decision:
        """Return what becomes of a request at the end of the chain."""
        request = replace(request, entry=self.plain.get(SameObject(request.entry), request.entry))
        decision = self._decided(request)
        address = self.wide.get(SameObject(request.entry))
        if address is None or not decision.passage.admitted:
            return decision
        # Which other addresses the machine has, and who reaches them, is not known.
        return replace(decision, passage=Passage.UNKNOWN, reason=ELSEWHERE.format(address))

    def _decided(self, request: GatewayRequest) -> Decision:
        first = self.outer.decide(request)
        copies = tuple(self._through(request, copy) for copy in first.copies)
        last = self._through(request, first)
        return replace(last, copies=(*copies, *last.copies)) if copies else last

    def _through(self, request: GatewayRequest, first: Decision) -> Decision:
        """Return what becomes of a request that this gateway decides so."""
        inner = {address: self.behind[address] for address in first.upstream if address in self.behind}
        if first.passage not in (Passage.FORWARDED, Passage.UNKNOWN) or not inner:
            return first
        if first.passage is Passage.UNKNOWN and not (first.raw and inner.keys() == first.upstream):
            return self._perhaps(request, first)
        if not first.path:
            return replace(first, passage=Passage.UNKNOWN, reason=NOT_KNOWN, upstream=frozenset())
        sent = self._sent(request, first)
        servers = _distinct(one for each in inner.values() for one in each)
        found = [_behind(request, first, one, sent) for one in servers]
        direct = first.upstream - inner.keys()
        found += (replace(first, upstream=direct),) if direct else ()
        return _either(first, found)

    def _perhaps(self, request: GatewayRequest, first: Decision) -> Decision:
        """Return a decision that is not known, with what a request gets to if it is forwarded."""
        last = self._through(request, replace(first, passage=Passage.FORWARDED))
        known = not last.passage.refused
        upstream, path = (last.upstream, last.path) if known else (frozenset[str](), "")
        return replace(first, upstream=upstream, path=path, behind=last.behind)

    def _sent(self, request: GatewayRequest, first: Decision) -> dict[str, str]:
        """Return the headers that the gateway behind gets: the client's own, and those that this one sets."""
        names = {*self._read_behind(), *self.outer.certificate_headers()} - {*request.headers, HOST}
        sent = dict(first.sent)
        if not names or not first.path:
            return sent
        marked = {**dict.fromkeys(sorted(names), MARKER), **request.headers}
        decision = self.outer.decide(replace(request, headers=marked))
        for name in names:
            if (decision.passage, decision.upstream) != (first.passage, first.upstream):
                sent[name] = ANY_VALUE  # what it is depends on what else the client sends
            elif name in decision.sent:
                value = _own(decision.sent[name])
                sent |= {name: value} if value is not None else {}
        return sent

    def _read_behind(self) -> frozenset[str]:
        if self.read_behind is None:
            self.read_behind = frozenset(name for one in self._choices_behind() for name in one.headers)
        return self.read_behind

    def _choices_behind(self) -> Iterator[ClientChoice]:
        for one in self.servers:
            yield from one.configuration.choices(one.entry)

    def choices(self, entry: GatewayEntry) -> tuple[ClientChoice, ...]:
        """Return what clients of a server can send so that conditions hold, here or behind."""
        own = self.outer.choices(self.plain.get(SameObject(entry), entry))
        if not self.servers:
            return own
        if SameObject(entry) not in self.chosen:
            # What was read behind takes dot segments away or does not: it is no longer left to a service.
            every = (replace(one, as_sent=False) for one in (*own, *self._choices_behind()))
            self.chosen[SameObject(entry)] = client_choices.with_combination(every)
        return self.chosen[SameObject(entry)]

    def rewritten(self, entry: GatewayEntry) -> tuple[RewrittenPath, ...]:
        """Return the beginnings of paths that a server, or one behind, hands on as others."""
        own = self.outer.rewritten(self.plain.get(SameObject(entry), entry))
        inner = (path for one in self.servers for path in one.configuration.rewritten(one.entry))
        return (*own, *inner)

    def services(self, entry: GatewayEntry, /) -> frozenset[str] | None:
        """Return the addresses that requests may get to, where no gateway behind gets them."""
        own = self.outer.services(self.plain.get(SameObject(entry), entry))
        return None if own is None or comparable(own) & self.behind.keys() else own

    def certificate_headers(self) -> frozenset[str]:
        """Return the headers that some route here or behind sets from the client certificate."""
        inner = (one.configuration.certificate_headers() for one in self.servers)
        return self.outer.certificate_headers().union(*inner)


def _distinct(servers: Iterable[InnerServer]) -> tuple[InnerServer, ...]:
    return tuple({SameObject(one.entry): one for one in servers}.values())


def _own(value: str) -> str | None:
    """Return what the gateway itself sends in a header; ``None`` for a header that is the client's alone."""
    own = value.replace(MARKER, "").strip(", ")
    if MARKER in value and not own:
        return None
    return ANY_VALUE if not own or "%" in own or UNKNOWN_PART in own else own


def _behind(
    request: GatewayRequest, first: Decision, inner: InnerServer, sent: Mapping[str, str]
) -> Decision:
    """Return what a server behind does with what it gets."""
    tls = inner.entry.kind is ListenerKind.TLS
    caller = request.caller if tls and first.raw else GatewayCaller.ANONYMOUS
    # The gateway in front may have a certificate of its own, and may send another host than the client: if it is
    # not known, either.
    callers = (caller, GatewayCaller.VALID) if tls and not first.raw else (caller,)
    hosts = (first.host,) if first.host else dict.fromkeys(("", request.host))
    found = [
        inner.configuration.decide(
            GatewayRequest(
                entry=inner.entry,
                caller=one,
                method=request.method,
                target=first.path,
                host=host,
                headers={name: value for name, value in sent.items() if name != HOST},
            )
        )
        for one in callers
        for host in hosts
    ]
    known = found[0] if all(_alike(one, found[0]) for one in found) else _unknown(found)
    return _joined(first, known)


def _joined(first: Decision, last: Decision) -> Decision:
    """Return the decision of a server behind as that about the client's request."""
    broken = last.passage is Passage.REFUSED_IN_TLS and not first.raw
    return replace(
        last,
        passage=Passage.REFUSED if broken else last.passage,
        at=first.at if last.passage is Passage.FORWARDED else last.at,
        route=first.route or last.route,
        headers=(*first.headers, *last.headers),
        raw=first.raw and last.raw,
        behind=last.behind or last.route,
    )


def _either(first: Decision, found: list[Decision]) -> Decision:
    """Return the decision of several servers, one of which gets the request.

    Those that refuse it do not count beside others: a client may name the server that does not.
    """
    further = [one for one in found if not one.passage.refused]
    if not further:
        return found[0]
    if all(_alike(one, further[0]) for one in further):
        upstream = frozenset(address for one in further for address in one.upstream)
        return replace(further[0], upstream=upstream)
    return replace(_unknown(further), at=first.at, route=first.route)


def _alike(one: Decision, other: Decision) -> bool:
    if one.passage.refused and other.passage.refused:
        return True
    fields = (one.passage, one.path, one.sent)
    return fields == (other.passage, other.path, other.sent) and _same_place(one, other)


def _same_place(one: Decision, other: Decision) -> bool:
    """Return whether two requests get to one service, or to copies of one."""
    return one.upstream == other.upstream if one.passage is Passage.FORWARDED else one.at == other.at


def _unknown(found: Iterable[Decision]) -> Decision:
    """Return that one of several decisions is made."""
    further = [one for one in found if not one.passage.refused]
    named = all(one.upstream for one in further)
    paths = {one.path for one in further}
    place: SourceLocation | None = next((one.at for one in further if one.at is not None), None)
    return replace(
        further[0],
        passage=Passage.UNKNOWN,
        reason=next((one.reason for one in further if one.reason), SEVERAL),
        at=place,
        status=None,
        upstream=frozenset(address for one in further for address in one.upstream) if named else frozenset(),
        path=paths.pop() if len(paths) == 1 else "",
        otherwise=None,
    )
