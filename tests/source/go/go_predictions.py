"""What Go routers answer, by the routes that were read: the matching of paths, and nothing else of specdrift."""

import re
from collections.abc import Iterable, Iterator

from specdrift.model.result.source import Guarding, RouteKind, SourceRoute
from tests.source.go.corpus_servers import CorpusAnswer, Question

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CLIENTS = ("anonymous", "valid")
LITERAL = re.compile(r'"(?:[A-Z]+ )?(/[^"\s]*)"')
"""Texts that may be paths, in the source of a router."""
NO_ROUTE = frozenset({301, 307, 308, 404, 405})
REFUSALS = frozenset({0, 401, 403})
"""Statuses of refusals; 0 is a connection that ends without an answer, after a panic."""
NO_CERTIFICATE = frozenset({Guarding.NONE, Guarding.TOKEN})


def fits(routes: Iterable[SourceRoute], question: Question, answer: CorpusAnswer) -> bool:
    """Return whether a router answers as its routes were read."""
    every = list(routes)
    route = answering(every, question)
    fallback = next((one for one in every if one.kind is RouteKind.FALLBACK), None)
    if route is None or route is fallback:
        # A guard around the router refuses first, a mounted router has its own 404, and gin has no 405.
        refused = question.client == "anonymous" and answer.status in REFUSALS
        other = fallback is not None and answer.body.endswith(fallback.handler)
        return answer.status in NO_ROUTE or refused or other
    if question.client == "anonymous" and route.guard.certain:
        return answer.status in REFUSALS
    if route.guard is Guarding.UNKNOWN:
        return True
    if route.guard is Guarding.TOKEN:
        # No question has a header.
        return answer.status in REFUSALS
    return answer.body.endswith(route.handler.rpartition(".")[2]) and answer.status not in NO_ROUTE


def answering(routes: Iterable[SourceRoute], question: Question) -> SourceRoute | None:
    """Return the route that answers: fixed segments go before parameters, those before wildcards."""
    every = list(routes)
    here = [r for r in every if r.kind is RouteKind.ROUTE and _pattern(r.written).fullmatch(question.path)]
    best = min((_looseness(route.written) for route in here), default=())
    here = [route for route in here if _looseness(route.written) == best]
    own = [route for route in here if question.method in route.methods]
    own = own or [route for route in here if "*" in route.methods]
    if own:
        return own[0]
    fallback = next((route for route in every if route.kind is RouteKind.FALLBACK), None)
    return None if here else fallback


def questions(router: str, code: str, routes: Iterable[SourceRoute]) -> Iterator[Question]:
    """Yield each method and client for each path that the source may mean, and paths beside these."""
    own = {_concrete(route.written) for route in routes}
    texts = {_concrete(one) for one in LITERAL.findall(code)}
    joined = {one.rstrip("/") + other for one in texts for other in texts}
    beside = {f"{path.rstrip('/')}/nope" for path in own}
    for path in sorted({*own, *texts, *joined, *beside, "/nope"}):
        for method in METHODS if path in own else METHODS[:1]:
            for client in CLIENTS:
                yield Question(router, method, path, client)


def _looseness(written: str) -> tuple[int, ...]:
    return tuple(2 if part.startswith("{*") else int(part[:1] == "{") for part in written.split("/")[1:])


def _pattern(written: str) -> re.Pattern[str]:
    parts = written.split("/")[1:]
    return re.compile("/" + "/".join(map(_expression, parts)))


def _expression(part: str) -> str:
    return ".+" if part.startswith("{*") else "[^/]+" if part[:1] == "{" else re.escape(part)


def _concrete(written: str) -> str:
    """Return a path that fits a template of specdrift, or a pattern of one of the libraries."""
    whole = re.sub(r"\{\*[^{}]*\}|\{\w+\.\.\.\}|(?<=/)\*\w*", "a/b", written.replace("{$}", ""))
    return re.sub(r"\{\w+(?::[^{}]*)?\}|(?<=/):\w+", "7", whole)
