"""Paths as feeds have them: made a template, so that a thousand values of one parameter are one place.

Values that look like a number or a name of a record stay in the target that stands for the template; those that
look like a secret or a person never get further than this file.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote

EXPRESSION = re.compile(r"\{\*?([^{}/]*)\}|:([A-Za-z_]\w*)\??|<(?:\w+:)?(\w+)>|\*(\w*)")
"""A parameter as OpenAPI, axum and matchit, Express, Flask and Rails write it."""
PART = re.compile(r"(\{[^{}/]+\})")
"""A parameter beside other text in a segment, which only OpenAPI's templates tell apart from a literal."""
RECORD = re.compile(
    r"\d{1,18}|[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|\d{4}-\d\d-\d\d|(?=\w*\d)[0-9a-f]{24}",
    re.IGNORECASE,
)
"""Numbers, UUIDs, dates, object ids."""
SECRET = re.compile(
    r".*@.*|eyJ.*|.*(?=\w{20})(?=\w*\d)(?=\w*[A-Za-z])\w{20}.*|[0-9a-f]{32,}|\d{19,}|.{129,}", re.IGNORECASE
)
"""Addresses of people, tokens, hashes: what is too random to be a word, and what is too long to be one."""
STAND_IN = "1"
"""What is asked for where no value is known, or the known one must not be used."""
ASSET = re.compile(
    r"\.(?:m?js|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp4|webm|wasm)$", re.IGNORECASE
)
"""Files of pages: no API describes them."""
UNCLEAN = re.compile(r"//|/\.\.?(?:/|$)|[\x00-\x20\x7f\ud800-\udfff]")
SAFE = "/!$&'()*+,:@-._~%"


class PathPattern(NamedTuple):
    """A path template and a target that stands for it."""

    path: str
    target: str


def pattern_of(path: str, values: Mapping[str, str]) -> PathPattern | None:
    """The template that a path is one case of; ``None`` for what is no plain path, and for files of pages.

    ``path`` starts with a slash and has no query; ``values`` are known ones of parameters, by name.
    """
    if not path.startswith("/") or UNCLEAN.search(path):
        return None
    parts = [_segment(segment.partition(";")[0], values) for segment in path.split("/")]
    whole = PathPattern("/".join(name for name, _ in parts), "/".join(value for _, value in parts))
    return None if ASSET.search(whole.path) else whole


def _segment(segment: str, values: Mapping[str, str]) -> tuple[str, str]:
    """How a segment is shown, and what is sent for it."""
    found = EXPRESSION.fullmatch(segment)
    if found:
        name = next((group for group in found.groups() if group), "") or "rest"
        return f"{{{name}}}", quote(values.get(name, STAND_IN), safe="")
    if PART.search(segment):
        # Text and parameters by turns: `{file}.{ext}`.
        pieces = enumerate(PART.split(segment))
        parts = [_segment(piece, values) if place % 2 else _literal(piece) for place, piece in pieces]
        return "".join(name for name, _ in parts), "".join(value for _, value in parts)
    return _literal(segment)


def _literal(segment: str) -> tuple[str, str]:
    """As ``_segment``, for text without a parameter."""
    plain = unquote(segment)
    if RECORD.fullmatch(plain):
        return "{id}", segment
    if SECRET.fullmatch(plain):
        return "{value}", STAND_IN
    sent = quote(segment, safe=SAFE)
    return sent, sent
