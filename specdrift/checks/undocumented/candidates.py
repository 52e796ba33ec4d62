"""What may answer although the document does not have it: what is fed in, the curated list, siblings. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specdrift.checks.core.base import SAFE_METHODS, PlanContext, PlannedOperation
from specdrift.checks.undocumented.wordlist import SEGMENTS, WORDLIST, Kind
from specdrift.model.contract.templates import EXPRESSION
from specdrift.model.exchange.probe import Request
from specdrift.model.result.candidate import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCandidate:
    """A method and path to look for. ``path`` is what reports call it, ``target`` what is asked for.

    ``sent`` is the method that goes onto the wire: OPTIONS where ``method`` itself may not. ``controls`` are targets
    beside it that do not exist: what they get as well is no answer of its own. ``subject`` is the declared operation
    that it is a sibling of, whose credentials go along. ``source`` says who speaks of it, ``fed`` that the owner does.
    """

    method: str
    path: str
    target: str
    sent: str
    kind: Kind
    why: str
    controls: tuple[str, ...]
    source: str = ""
    fed: bool = False
    subject: PlannedOperation | None = None

    @property
    def variant(self) -> str:
        """What its probes are called."""
        return f"{self.sent} {self.target}"

    def request(self, identity: str) -> Request:
        """The request of this caller."""
        base = self.subject.request_for(identity) if self.subject else Request(method="", target="")
        return replace(base, method=self.sent, target=self.target, body=b"")


def listed(context: PlanContext) -> Iterator[EndpointCandidate]:
    """The curated list, at the root and below the base path."""
    for path in dict.fromkeys(prefix + path for prefix in ("", context.base_path) for path in WORDLIST):
        yield plain(context, path, why=f"is {path} there?")


def plain(
    context: PlanContext, path: str, *, why: str, source: str = "", kind: Kind | None = None
) -> EndpointCandidate:
    """A path to be read, where nothing more is known than its name."""
    return EndpointCandidate(
        method="GET",
        path=path,
        target=path,
        sent="GET",
        kind=kind or kind_of(path, context.base_path),
        why=why,
        controls=(beside(path, context.nonce),),
        source=source,
    )


def fed(context: PlanContext) -> Iterator[EndpointCandidate]:
    """What the owner's feeds speak of. Where a method may not be sent, OPTIONS and GET tell of it."""
    for lead in context.leads:
        if lead.method in SAFE_METHODS or lead.unsafe_allowed:
            yield _fed(context, lead, lead.method, sent=lead.method)
        else:
            yield _fed(context, lead, lead.method, sent="OPTIONS")
            yield _fed(context, lead, lead.method, sent="GET")
            yield _fed(context, lead, "GET", sent="GET")


def _fed(context: PlanContext, lead: Candidate, method: str, *, sent: str) -> EndpointCandidate:
    return EndpointCandidate(
        method=method,
        path=lead.path,
        target=lead.target,
        sent=sent,
        kind=kind_of(lead.path, context.base_path),
        why=f"{lead.source} speaks of {lead.method} {lead.path}",
        controls=_elsewhere(lead, context.nonce),
        source=lead.source,
        fed=True,
    )


def _elsewhere(lead: Candidate, nonce: str) -> tuple[str, ...]:
    """The lead's target with a random word for its last fixed segment: another value of an expression would be there.

    Where it ends in an expression, also a path below it, which only a folder that answers everything has.
    """
    segments, path = lead.target.split("/"), lead.path.split("/")
    fixed = [index for index, segment in enumerate(path) if segment and not EXPRESSION.search(segment)]
    if not fixed or len(segments) != len(path):
        return (beside(lead.target, nonce),)
    elsewhere = "/".join((*segments[: fixed[-1]], nonce, *segments[fixed[-1] + 1 :]))
    return (elsewhere,) if fixed[-1] == len(path) - 1 else (elsewhere, f"{lead.target}/{nonce}")


def beside(target: str, nonce: str) -> str:
    """A target in the same folder that does not exist: the last segment is a random one."""
    return f"{target.rstrip('/').rpartition('/')[0]}/{nonce}"


def kind_of(path: str, base_path: str) -> Kind:
    """What a path does for whoever finds it: as listed, else by the last of its segments that says something."""
    known = WORDLIST.get(path) or WORDLIST.get(path.removeprefix(base_path))
    if known:
        return known
    words = (SEGMENTS[word] for word in reversed(path.lower().split("/")) if word in SEGMENTS)
    return next(words, Kind.SERVES)
