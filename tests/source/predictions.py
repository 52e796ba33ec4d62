"""What routers answer, by the routes that were read: axum's matching, and nothing else of specdrift."""

import re
from collections.abc import Iterable, Iterator
from itertools import product

from msgspec import Struct

from specdrift.model.result.source import RouteKind, SourceLayer, SourceRoute
from tests.source.corpus_runner import Answer, Question

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LITERAL = re.compile(r'r?"(/[^"\s]*)"')
"""Texts that may be paths, in the source of a module."""
OK, REFUSED = 200, 401
NOT_FOUND = frozenset({404, 405})
REFUSING = "Key"
"""The extractor of the corpus that rejects every caller."""


class Prediction(Struct, frozen=True):
    """The answers that are possible: one, where no condition decides."""

    answers: tuple[Answer, ...]

    def allows(self, answer: Answer, *, head: bool) -> bool:
        """Return whether the running router answers so. HEAD has no body with the handler's name; around its own 404
        and 405 axum applies a varying number of layers, and none of them is a route.
        """
        return any(
            answer.status == one.status
            and (head or one.status != OK or answer.handler == one.handler)
            and (one.status in NOT_FOUND or answer.layers == one.layers)
            for one in self.answers
        )


def predicted(routes: Iterable[SourceRoute], method: str, path: str) -> Prediction:
    """What the routes say to a request."""
    every = list(routes)
    here = _matching([r for r in every if r.kind is not RouteKind.FALLBACK], path)
    answering = [r for r in here if method in r.methods] or [
        r for r in here if method == "HEAD" and "GET" in r.methods
    ]
    answering = answering or [r for r in here if "*" in r.methods]
    certain = any(not route.conditional for route in answering)
    answers = [answer for route in answering for answer in _answers(route)]
    if not certain and here:
        inside = (answer for route in here for answer in _answers(route) if answer.status == REFUSED)
        answers += [Answer(405, "", ()), *inside]  # the method is looked at inside of the layers of the path
    if not certain and all(route.conditional for route in here):
        answers += _fallback(every, path)
    return Prediction(tuple(answers))


def _matching(routes: list[SourceRoute], path: str) -> list[SourceRoute]:
    """The routes of the most exact path that matches: fixed segments go before expressions, those before wildcards."""
    fitting = [route for route in routes if _pattern(route.written).fullmatch(path)]
    best = min((_looseness(route.written) for route in fitting), default=())
    return [route for route in fitting if _looseness(route.written) == best]


def _looseness(written: str) -> tuple[int, ...]:
    return tuple(2 if part.startswith(("{*", "*")) else int(part[:1] in "{:") for part in _parts(written))


def _parts(written: str) -> list[str]:
    return [part or "/" for part in written.split("/")[1:]]


def _pattern(written: str) -> re.Pattern[str]:
    parts = []
    for part in written.split("/")[1:]:
        wild = part.startswith(("{*", "*"))
        parts.append(".+" if wild else "[^/]+" if part[:1] in {"{", ":"} else re.escape(part))
    return re.compile("/" + "/".join(parts))


def _answers(route: SourceRoute) -> Iterator[Answer]:
    """One for each choice of the layers that are there in some runs."""
    if route.kind is RouteKind.NOT_FOUND:
        yield Answer(404, "", ())
        return
    for chosen in product(*([True, False] if layer.conditional else [True] for layer in route.layers)):
        marks = [_mark(layer) for layer, there in zip(route.layers, chosen, strict=True) if there]
        layers = tuple(mark for mark in marks if mark)
        if REFUSING in layers:
            yield Answer(REFUSED, "", layers[: layers.index(REFUSING) + 1])
        else:
            yield Answer(OK, route.handler.rpartition("::")[2], layers)


def _mark(layer: SourceLayer) -> str:
    """What a layer of the corpus leaves in the answer: the name of its function."""
    if "(|" in layer.name:
        return "a closure"
    found = re.search(r"(\w+)(?:>\(\))?\)?\)?$", layer.name)
    return "" if found is None or found[1] == "Own" else found[1]


def _fallback(routes: list[SourceRoute], path: str) -> list[Answer]:
    """That of the nearest router around; a nested one has nothing to say of its prefix with a slash alone."""
    below = [r for r in routes if r.kind is RouteKind.FALLBACK and _is_below(r.written, path)]
    nearest = max(below, key=lambda route: len(route.path), default=None)
    return list(_answers(nearest)) if nearest else [Answer(404, "", ())]


def _is_below(prefix: str, path: str) -> bool:
    found = _pattern(prefix).match(path) if prefix else None
    rest = path[found.end() :] if found else ""
    slash = prefix.endswith("/") or not rest or (rest.startswith("/") and rest != "/")
    return not prefix or (found is not None and slash)


def questions(module: str, source: str, routes: Iterable[SourceRoute]) -> Iterator[Question]:
    """Every method of each route that was read; of all that the source may mean beyond it, those that tell most."""
    every = list(routes)
    own = {_concrete(route.written) for route in every}
    for path in probes(source, every):
        for method in METHODS if path in own else METHODS[:3]:
            yield module, method, path


def probes(source: str, routes: Iterable[SourceRoute]) -> Iterator[str]:
    """Paths to ask for: each that the source may mean by any of its texts, however they are put together, and the
    routes that were read, with a word beside and below each.
    """
    texts = sorted({_concrete(text) for text in LITERAL.findall(source)})[:16]
    single = {text for text in texts if text}
    joined = {one.rstrip("/") + other for one in texts for other in texts}
    deeper = {one.rstrip("/") + other for one in sorted(joined)[:40] for other in texts[:6]}
    own = {_concrete(route.written) for route in routes}
    strange = {f"{path.rstrip('/')}/nope" for path in (*own, *single)} | {"/nope", "/"}
    for path in sorted(single | joined | deeper | own | strange):
        if path.startswith("/") and "{" not in path:
            yield path


def _concrete(written: str) -> str:
    return re.sub(r"\{\*[^{}]*\}|(?<=/)\*\w+", "a/b", re.sub(r"\{\{?\w+\}?\}|(?<=/):\w+", "7", written))
