"""The sections that a request is in, in the order in which Apache merges them."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from specdrift.source.apache.apache_expressions import ExpressionRun
from specdrift.source.apache.apache_values import ApacheRequest
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, first_word, last
from specdrift.source.apache.configuration.expression_syntax import UnreadExpressionError, parsed
from specdrift.source.apache.configuration.wildcards import fnmatched, searched
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import certainly

_WILD = re.compile(r"[*?\[]")
_SLASHES = re.compile("/{2,}")
CONDITIONS = frozenset({"if", "elseif", "else"})


class SectionLayer(Struct, frozen=True):
    """The directives of one section that a request is in, or those outside of sections."""

    directives: tuple[ApacheDirective, ...]
    section: ApacheDirective | None = None


class Effective(Struct, frozen=True):
    """What is in force for a request: later layers prevail."""

    layers: tuple[SectionLayer, ...]

    def all(self, *names: str) -> Iterator[ApacheDirective]:
        """Yield the directives of these names, in the order of their merging."""
        for layer in self.layers:
            yield from (one for one in layer.directives if one.name in names)

    def last(self, name: str) -> ApacheDirective | None:
        """Return the directive of a name that is in force."""
        return next(filter(None, (last(one.directives, name) for one in reversed(self.layers))), None)


def of_url(
    outer: Iterable[SectionLayer], server: tuple[ApacheDirective, ...], path: str, request: ApacheRequest
) -> Effective:
    """Return what is in force for a path: ``Location`` after the outer layers, and ``If`` after these."""
    inner = (one for one in server if one.name in ("location", "locationmatch"))
    found = [*outer, *(SectionLayer(one.block, one) for one in inner if _holds(one, path, request))]
    conditional = [one for layer in found for one in _with_conditions(layer)]
    found += _conditional(conditional, request)
    return Effective(tuple(found))


def of_proxy(server: tuple[ApacheDirective, ...], url: str, request: ApacheRequest) -> Iterator[SectionLayer]:
    """Yield the ``Proxy`` sections of a request that is forwarded to a URL."""
    for one in server:
        if one.name == "proxymatch" and searched(_pattern(one), url):
            yield SectionLayer(one.block, one)
        elif one.name == "proxy":
            request.spend()
            name, rest = first_word(one.written)
            if name == "~":
                holds = searched(first_word(rest)[0], url)
            else:
                holds = (
                    name == "*" or fnmatched(name, url, slash=False)
                    if _WILD.search(name)
                    else url.startswith(name)
                )
            if holds:
                yield SectionLayer(one.block, one)


def of_file(server: tuple[ApacheDirective, ...], path: str, request: ApacheRequest) -> Iterator[SectionLayer]:
    """Yield the ``Directory`` sections of a file, the shortest first, and then its ``Files``."""
    plain, matched = list[tuple[int, ApacheDirective]](), list[ApacheDirective]()
    for one in server:
        if one.name not in ("directory", "directorymatch"):
            continue
        request.spend()
        name, rest = first_word(one.written)
        if one.name == "directorymatch" or name == "~":
            if searched(name if one.name == "directorymatch" else first_word(rest)[0], path):
                matched.append(one)
        elif _in_folder(name, path):
            plain.append((name.rstrip("/").count("/") if name != "/" else -1, one))
    for _, one in sorted(plain, key=lambda pair: pair[0]):
        yield SectionLayer(one.block, one)
    yield from (SectionLayer(one.block, one) for one in matched)
    folders = [one for _, one in plain] + matched
    inner = [one for folder in folders for one in folder.block if one.name in ("files", "filesmatch")]
    *before, name = path.split("/")
    for one in (*(each for each in server if each.name in ("files", "filesmatch")), *inner):
        if any(_of_name(one, folder) for folder in before if folder):
            raise Undetermined("a file in the middle of a path", one.location)
        if _of_name(one, name):
            yield SectionLayer(one.block, one)


def _in_folder(folder: str, path: str) -> bool:
    inner = folder.rstrip("/")
    if _WILD.search(folder):
        return fnmatched(inner, "/".join(path.split("/")[: inner.count("/") + 1]), slash=True)
    return path == inner or path.startswith(f"{inner}/")


def _of_name(one: ApacheDirective, name: str) -> bool:
    word, rest = first_word(one.written)
    if one.name == "filesmatch" or word == "~":
        return searched(word if one.name == "filesmatch" else first_word(rest)[0], name)
    return fnmatched(word, name, slash=True)


def _pattern(one: ApacheDirective) -> str:
    word, rest = first_word(one.written)
    return first_word(rest)[0] if word == "~" else word


def _holds(one: ApacheDirective, path: str, request: ApacheRequest) -> bool:
    """Return whether a path is in a ``Location``."""
    request.spend()
    word, rest = first_word(one.written)
    if one.name == "locationmatch" or word == "~":
        return searched(word if one.name == "locationmatch" else first_word(rest)[0], path)
    if not word.startswith("/"):
        raise Undetermined(f"<Location {word}>", one.location)
    path = _SLASHES.sub("/", path)  # of these sections, whatever MergeSlashes says
    if _WILD.search(word):
        return fnmatched(word, path, slash=True)
    return path.startswith(word) and (word.endswith("/") or path[len(word) : len(word) + 1] in ("", "/"))


def _with_conditions(layer: SectionLayer) -> Iterator[ApacheDirective]:
    return (one for one in layer.directives if one.name in CONDITIONS)


def _conditional(
    sections: Iterable[ApacheDirective], request: ApacheRequest, depth: int = 0
) -> Iterator[SectionLayer]:
    """Yield the ``If`` sections that hold; ``ElseIf`` and ``Else`` follow one that does not."""
    if depth > 10:
        raise Undetermined("many conditions within each other")
    done = False
    for one in sections:
        if one.name == "if" or not done:
            if one.name == "if":
                done = False
            if one.name == "else" or condition(one, one.written, request):
                done = True
                yield SectionLayer(one.block, one)
                yield from _conditional(_with_conditions(SectionLayer(one.block)), request, depth + 1)


def condition(one: ApacheDirective, written: str, request: ApacheRequest) -> bool:
    """Return whether an expression holds. Raises Undetermined and NotAssumed."""
    text = written.strip()
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = text[1:-1]
    try:
        return certainly(ExpressionRun(request).holds(parsed(text)))
    except UnreadExpressionError as error:
        raise Undetermined(f"an expression that is not evaluated: {error}", one.location) from None
