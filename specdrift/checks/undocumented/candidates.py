"""Candidates for undocumented endpoints: imported traffic, the curated list, siblings. Pure."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import SAFE_METHODS, PlanContext, PlannedOperation
from specdrift.checks.undocumented.wordlist import AFTER, AT_ROOT, SEGMENTS, WORDLIST, EndpointKind
from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.templates import EXPRESSION
from specdrift.model.exchange.probe import Control, ProbeTag, Request
from specdrift.model.result.candidate import Candidate


class EndpointCandidate(Struct, frozen=True, kw_only=True):
    """A method and path that may exist."""

    method: str
    path: str
    """For reports."""
    target: str
    """The request target."""
    sent: str
    """The method on the wire: OPTIONS if ``method`` itself may not be sent."""
    kind: EndpointKind
    why: str
    controls: tuple[str, ...]
    """Targets beside it that do not exist: an answer that they get as well is not its own."""
    source: str = ""
    """Where the candidate comes from, for reports."""
    imported: bool = False
    """Whether it comes from imported traffic."""
    after: tuple[str, ...] = ()
    """Targets one of which must not be missing before this one is requested; empty: it is requested at once."""
    sibling: PlannedOperation | None = None
    """The declared operation that it is a sibling of; its credentials are sent."""
    fits_template: bool = False
    """Whether the path is one of its sibling's, in the place of a value: only those who must be refused count."""
    by_data: bool = False
    """Whether only answers with the data of its sibling count: a public page may have that path."""

    @property
    def variant(self) -> str:
        """The variant of its probes."""
        return f"{self.sent} {self.target}"

    @property
    def tag(self) -> ProbeTag:
        """The tag of its probes."""
        return tag_of(self.sent, self.target)

    def request(self, identity: str) -> Request:
        """Return the request of this caller."""
        base = self.sibling.request_for(identity) if self.sibling else Request(method="", target="")
        return replace(base, method=self.sent, target=self.target, body=b"")


def tag_of(method: str, target: str, control: Control | None = None) -> ProbeTag:
    """Return the tag of a request to a target, or of a control at that target."""
    return ProbeTag(name=method, subject=f"{method} {target}", control=control)


def listed(context: PlanContext) -> Iterator[EndpointCandidate]:
    """The curated list, at the root and below the base path."""
    for prefix in dict.fromkeys(("", context.base_path)):
        everything = not prefix or context.exhaustive
        for path in (path for path in WORDLIST if everything or path not in AT_ROOT):
            after = () if context.exhaustive else AFTER.get(path, ())
            candidate = plain(context, prefix + path, why=f"is {prefix}{path} there?")
            yield replace(candidate, after=tuple(prefix + first for first in after))


def plain(
    context: PlanContext, path: str, *, why: str, source: str = "", kind: EndpointKind | None = None
) -> EndpointCandidate:
    """Return the candidate for a path of which only the name is known."""
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


def imported(context: PlanContext) -> Iterator[EndpointCandidate]:
    """Candidates from imported traffic. A method that may not be sent is looked for with OPTIONS and GET."""
    for candidate in context.candidates:
        if candidate.method in SAFE_METHODS or candidate.unsafe_allowed:
            yield _imported(context, candidate, candidate.method, sent=candidate.method)
        else:
            yield _imported(context, candidate, candidate.method, sent="OPTIONS")
            yield _imported(context, candidate, candidate.method, sent="GET")
            yield _imported(context, candidate, "GET", sent="GET")


def _imported(context: PlanContext, candidate: Candidate, method: str, *, sent: str) -> EndpointCandidate:
    return EndpointCandidate(
        method=method,
        path=candidate.path,
        target=candidate.target,
        sent=sent,
        kind=kind_of(candidate.path, context.base_path),
        why=f"{candidate.source} has {candidate.method} {candidate.path}",
        controls=_controls(candidate, context.nonce),
        source=candidate.source,
        imported=True,
    )


def _controls(candidate: Candidate, nonce: str) -> tuple[str, ...]:
    """Return the target with a random last fixed segment: another value of an expression could exist.

    If it ends in an expression, also a path below it, which only a catch-all answers.
    """
    segments, path = candidate.target.split("/"), candidate.path.split("/")
    fixed = [index for index, segment in enumerate(path) if segment and not EXPRESSION.search(segment)]
    if not fixed or len(segments) != len(path):
        return (beside(candidate.target, nonce),)
    elsewhere = "/".join((*segments[: fixed[-1]], nonce, *segments[fixed[-1] + 1 :]))
    return (elsewhere,) if fixed[-1] == len(path) - 1 else (elsewhere, f"{candidate.target}/{nonce}")


def path_targets(context: PlanContext) -> dict[OperationKey, str]:
    """Return one operation and request target for each documented path with a target of its own."""
    targets: dict[str, tuple[OperationKey, str]] = {}
    for planned in context.operations:
        if planned.operation.taken_for is None:
            targets.setdefault(planned.key.path, (planned.key, planned.request.target.partition("?")[0]))
    return dict(targets.values())


def beside(target: str, nonce: str) -> str:
    """Return a target in the same folder that does not exist: its last segment is random."""
    return f"{target.rstrip('/').rpartition('/')[0]}/{nonce}"


def kind_of(path: str, base_path: str) -> EndpointKind:
    """Return the kind of a path: as listed, else by the last of its segments that is known."""
    known = WORDLIST.get(path) or WORDLIST.get(path.removeprefix(base_path))
    if known:
        return known
    words = (SEGMENTS[word] for word in reversed(path.lower().split("/")) if word in SEGMENTS)
    return next(words, EndpointKind.SERVES)
