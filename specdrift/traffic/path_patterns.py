"""Turns recorded paths into templates, so that a thousand values of one parameter are one endpoint. Pure.

Numbers and record identifiers stay in the target. Values that look like a secret or personal data are replaced here.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

from specdrift.traffic.credential_names import names_credential

EXPRESSION = re.compile(r"\{\*?([^{}/]*)\}|:([A-Za-z_]\w*)\??|<(?:\w+:)?(\w+)>|\*(\w*)")
"""A parameter in the syntax of OpenAPI, axum, matchit, Express, Flask or Rails."""
PART = re.compile(r"(\{[^{}/]+\})")
"""A parameter beside other text in a segment; only OpenAPI templates have these."""
RECORD = re.compile(
    r"\d{1,18}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\d|(?=\w*\d)[0-9a-f]{24}",
    re.IGNORECASE,
)
"""Numbers, UUIDs, dates, object ids. A UUID without hyphens looks like a hash, and is none of these."""
SECRET = re.compile(
    r".*@.*|eyJ.*|.*(?=\w{20})(?=\w*\d)(?=\w*[A-Za-z])\w{20}.*|[0-9a-f]{32,}|\d{19,}|.{129,}", re.IGNORECASE
)
"""Email addresses, tokens, hashes, and values too long to be a word."""
ASSIGNED = re.compile(r"(?<![\w.\[\]-])([\w.\[\]-]++)=(?=.)")
"""``NAME=VALUE`` in a segment; the name of a credential shows what the value is."""
MOST_ESCAPES = 3
"""Levels of percent-encoding that are undone in order to look at a value."""
PLACEHOLDER = "1"
"""Value sent if none is known or the known one must not be sent."""
HIDDEN_PART = "{value}"
"""Stands in a template for a value that must not be sent."""
ASSET = re.compile(
    r"\.(?:m?js|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp4|webm|wasm)$", re.IGNORECASE
)
"""Static files of web pages; no API documents them."""
UNCLEAN = re.compile(r"//|/\.\.?(?:/|$)|[\x00-\x20\x7f\ud800-\udfff]")
SAFE = "/!$&'()*+,:=@-._~%"


class PathPattern(NamedTuple):
    """A path template and a target that matches it."""

    path: str
    target: str


def pattern_of(path: str, values: Mapping[str, str]) -> PathPattern | None:
    """Return the template of a path; ``None`` for a path that is not normalised or names a static file.

    ``path`` starts with a slash and has no query; ``values`` are known parameter values by name.
    """
    if not path.startswith("/") or UNCLEAN.search(path):
        return None
    parts = [_segment(segment.partition(";")[0], values) for segment in path.split("/")]
    whole = PathPattern("/".join(name for name, _ in parts), "/".join(value for _, value in parts))
    return None if ASSET.search(whole.path) else whole


def holds_secret(path: str) -> bool:
    """Return whether a segment of a path looks like a secret or personal data."""
    return any(HIDDEN_PART in _literal(segment)[0] for segment in path.split("/"))


def _segment(segment: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return a segment of the template and of the target."""
    found = EXPRESSION.fullmatch(segment)
    if found:
        name = next((group for group in found.groups() if group), "") or "rest"
        return f"{{{name}}}", quote(values.get(name, PLACEHOLDER), safe="")
    if PART.search(segment):
        # Text and parameters alternate: `{file}.{ext}`.
        pieces = enumerate(PART.split(segment))
        parts = [_segment(piece, values) if place % 2 else _literal(piece) for place, piece in pieces]
        return "".join(name for name, _ in parts), "".join(value for _, value in parts)
    return _literal(segment)


def _literal(segment: str) -> tuple[str, str]:
    """Like ``_segment``, for text without a parameter."""
    plain = _plain(segment)
    if RECORD.fullmatch(plain):
        return "{id}", segment
    if SECRET.fullmatch(plain):
        return HIDDEN_PART, PLACEHOLDER
    for assigned in ASSIGNED.finditer(plain):
        if names_credential(assigned[1]):
            before = quote(plain[: assigned.end()], safe=SAFE.translate({ord("%"): None, ord("/"): None}))
            return f"{before}{HIDDEN_PART}", f"{before}{PLACEHOLDER}"
    sent = quote(segment, safe=SAFE)
    return sent, sent


def _plain(segment: str) -> str:
    """Return a segment without percent-encoding, also where a client encoded it twice."""
    for _ in range(MOST_ESCAPES):
        decoded = unquote(segment)
        if decoded == segment:
            break
        segment = decoded
    return segment
