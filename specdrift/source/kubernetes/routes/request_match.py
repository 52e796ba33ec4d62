"""Conditions of a route, and what it does with a request."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.gateway.truth import Truth, Unknown, all_of, any_of, negated
from specdrift.source.kubernetes.services import Backend


class TextKind(Enum):
    """How a text is compared."""

    EXACT = "exact"
    PREFIX = "prefix"
    SEGMENTS = "segments"
    """A prefix that ends at a slash."""
    REGEX = "regex"
    """The whole text."""
    PRESENT = "present"


class TextMatch(Struct, frozen=True):
    """A condition on a text."""

    kind: TextKind
    value: str
    at: SourceLocation
    ignore_case: bool = False

    def fits(self, text: str) -> Truth:
        """Compare."""
        value = self.value
        if self.ignore_case:
            text, value = text.lower(), value.lower()
        match self.kind:
            case TextKind.EXACT:
                return text == value
            case TextKind.PREFIX:
                return text.startswith(value)
            case TextKind.SEGMENTS:
                segments = value.rstrip("/")
                return text == segments or text.startswith(f"{segments}/")
            case TextKind.PRESENT:
                return True
        try:
            return compiled(rf"^(?:{self.value})\Z", ignore_case=self.ignore_case).search(text) is not None
        except UnsupportedPattern as error:
            return Unknown(str(error), self.at)


class NamedMatch(Struct, frozen=True):
    """A condition on a header or an argument."""

    name: str
    text: TextMatch
    inverted: bool = False

    def fits(self, values: Mapping[str, str]) -> Truth:
        """Compare with the value of that name; one that is missing fits nothing."""
        value = values.get(self.name)
        found = False if value is None else self.text.fits(value)
        return negated(found) if self.inverted else found


class RoutedRequest(Struct, frozen=True, kw_only=True):
    """A request as routes see it."""

    method: str
    path: str
    """As normalised, without its query."""
    arguments: Mapping[str, str]
    headers: Mapping[str, str]
    host: str
    secure: bool


class RouteMatch(Struct, frozen=True, kw_only=True):
    """Conditions that must all hold."""

    at: SourceLocation
    path: TextMatch | None = None
    method: TextMatch | None = None
    host: TextMatch | None = None
    scheme: TextMatch | None = None
    headers: tuple[NamedMatch, ...] = ()
    arguments: tuple[NamedMatch, ...] = ()
    fixed: Truth = True
    """What does not depend on the request."""

    def fits(self, request: RoutedRequest) -> Truth:
        """Return whether a request takes the route."""
        texts = (
            (self.path, request.path),
            (self.method, request.method),
            (self.host, request.host),
            (self.scheme, "https" if request.secure else "http"),
        )
        return all_of(
            (
                self.fixed,
                *(match.fits(text) for match, text in texts if match is not None),
                *(one.fits(request.headers) for one in self.headers),
                *(one.fits(request.arguments) for one in self.arguments),
            )
        )


class RouteOutcome(Enum):
    """What a route does."""

    FORWARD = "forward"
    REDIRECT = "redirect"
    ANSWER = "answer"


class HeaderAction(Enum):
    """What happens to a header."""

    SET = "set"
    ADD = "add"
    REMOVE = "remove"


class HeaderChange(Struct, frozen=True):
    """A header that a route sets, adds to or removes."""

    kind: HeaderAction
    name: str
    value: str
    at: SourceLocation


class PathRewrite(Struct, frozen=True, kw_only=True):
    """A new path, or a new beginning of it."""

    value: str
    whole: bool = False
    pattern: str = ""
    """An expression whose matches are replaced; empty for none."""

    def applied(self, path: str, matched: TextMatch | None) -> str:
        """Return the path as the service gets it; empty if it is not known."""
        bare, question, query = path.partition("?")
        if self.pattern:
            return self._replaced(bare) + question + query
        if self.whole or (matched is not None and matched.kind is TextKind.EXACT):
            return self.value + question + query
        if matched is None or matched.kind not in (TextKind.PREFIX, TextKind.SEGMENTS):
            return ""
        prefix = matched.value if matched.kind is TextKind.PREFIX else matched.value.rstrip("/")
        rest = bare[len(prefix) :]
        if matched.kind is TextKind.SEGMENTS:
            # The slash between both is kept once.
            joined = f"{self.value.rstrip('/')}{rest}" or "/"
            return joined + question + query
        return self.value + rest + question + query

    def _replaced(self, path: str) -> str:
        """Raises Undetermined."""
        try:
            return compiled(self.pattern).replaced(self.value, path)
        except UnsupportedPattern as error:
            raise Undetermined(str(error)) from None


class RouteAction(Struct, frozen=True, kw_only=True):
    """What becomes of a request that takes the route."""

    outcome: RouteOutcome
    at: SourceLocation
    status: int = 0
    backends: tuple[Backend, ...] = ()
    rewrite: PathRewrite | None = None
    changes: tuple[HeaderChange, ...] = ()
    copies: tuple[Backend, ...] = ()
    """Services that get a copy of the request; their answers are dropped."""
    unknown: Unknown | None = None
    """What about it is not evaluated and may decide."""


class CompiledRoute(Struct, frozen=True, eq=False, kw_only=True):
    """A rule of a VirtualService or an HTTPRoute."""

    at: SourceLocation
    matches: tuple[RouteMatch, ...]
    """One of them suffices; none: every request."""
    action: RouteAction

    def fits(self, request: RoutedRequest) -> Truth:
        """Return whether a request takes it."""
        return any_of(one.fits(request) for one in self.matches) if self.matches else True

    def matched(self, request: RoutedRequest) -> TextMatch | None:
        """Return the condition on the path that fits."""
        found = next((one for one in self.matches if one.fits(request) is True), None)
        return found.path if found is not None else None
