"""The further pages of a list, for what a write adds at its end. Pure."""

from collections.abc import Iterator, Sequence
from itertools import chain
from urllib.parse import parse_qsl, urlencode, urlsplit

from specdrift.checks.certificate.issued import elements_of
from specdrift.checks.sharing.answer_texts import parsed, plain_name, texts_of
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request

MOST_PAGES = 12
"""Further pages of a list that are read."""
PAGES = frozenset({"page", "pagenumber", "pageno", "pageindex", "p"})
"""Parameters that number pages, in small letters without signs."""
OFFSETS = frozenset({"offset", "skip", "start", "startindex", "from", "first"})
"""Parameters that number the first element of a page."""
CURSORS = ("cursor", "token", "after", "continuation", "marker")
"""Ends of parameters with a cursor, and of the members of an answer that have its next value."""
RELATIONS = ('rel="last"', "rel=last", 'rel="next"', "rel=next")
"""Relations of links (RFC 8288 §3.3), the preferred one first."""


def next_page(request: Request, inputs: Sequence[Input], http: HttpFacts) -> Request | None:
    """Return the request for the last page, if the answer links to it, or for the next one; ``None`` if it has none."""
    path, _, query = request.target.partition("?")
    sent = dict(parse_qsl(query, keep_blank_values=True))
    elements = elements_of(parsed(http.body_excerpt))
    if not elements:
        return None
    for changed in chain(_linked(path, http), _counted(sent, inputs, len(elements)), _cursor(inputs, http)):
        merged = {**sent, **changed}
        if merged != sent:
            return request.to(f"{path}?{urlencode(merged)}")
    return None


def _linked(path: str, http: HttpFacts) -> Iterator[dict[str, str]]:
    """Yield the query of links to other pages of the same path."""
    fields = [part for name, value in http.headers if name == "link" for part in value.split(",")]
    for relation in RELATIONS:
        for field in fields:
            if relation in field.replace(" ", ""):
                yield from _query(path, field.partition("<")[2].partition(">")[0])
    for name, text in texts_of(http.body_excerpt):
        if plain_name(name).startswith(("next", "last")) and "?" in text:
            yield from _query(path, text)


def _query(path: str, link: str) -> Iterator[dict[str, str]]:
    try:
        parts = urlsplit(link)
    except ValueError:
        return
    if parts.path in ("", path):
        yield dict(parse_qsl(parts.query, keep_blank_values=True))


def _counted(sent: dict[str, str], inputs: Sequence[Input], size: int) -> Iterator[dict[str, str]]:
    """Yield the next number of a page, or of its first element."""
    for declared in inputs:
        name, now = plain_name(declared.name), sent.get(declared.name, "")
        if declared.place is not Place.QUERY or not (now.isdecimal() or not now):
            continue
        if name in PAGES:
            yield {declared.name: str(int(now or "1") + 1)}
        elif name in OFFSETS:
            yield {declared.name: str(int(now or "0") + size)}


def _cursor(inputs: Sequence[Input], http: HttpFacts) -> Iterator[dict[str, str]]:
    """Yield a cursor that the answer names."""
    named = [(plain_name(name), text) for name, text in texts_of(http.body_excerpt)]
    for declared in inputs:
        own = plain_name(declared.name)
        if declared.place is Place.QUERY and own.endswith(CURSORS):
            for name, text in named:
                if name.startswith("next") and name.endswith(CURSORS) and text:
                    yield {declared.name: text}
