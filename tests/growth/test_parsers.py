"""No parser may take more than linear time: otherwise the sender of the input decides how long a run takes."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable

import pytest

from specdrift import reports
from specdrift.body.content import content_of
from specdrift.body.cut_json import completed
from specdrift.body.denial import says_no
from specdrift.body.records import records_of
from specdrift.body.shape import shape_of
from specdrift.body.values import echo_of, values_of
from specdrift.differ.baseline_file import read as read_baseline
from specdrift.errors import SpecdriftError
from specdrift.loader.parse import json_reader, text, yaml_reader
from specdrift.redaction.search import SecretSearch
from specdrift.result.printable import log_line, printable_block
from specdrift.traffic.importer import import_traffic
from tests.growth.seeds import SEEDS, Seed

Parser = Callable[[bytes], object]

SMALL, FACTOR = 2000, 8
"""Bytes of the smaller input, and how much longer the larger one is."""
LIMIT = 3.0 * FACTOR
"""Ratio of the times: 8 for linear work, 64 for quadratic work."""
NUMBERS = itertools.count()
NOISE_S = 0.02
"""A difference that may be the machine's."""


def _body(parse: Callable[..., object], media_type: str) -> Parser:
    headers = (("content-type", media_type),)
    if parse is shape_of:
        return lambda body: shape_of(content_of(body, headers), headers, "/x")
    return lambda body: values_of(content_of(body, headers), headers)


SECRETS = SecretSearch(["aaaaaaaaaaaaaaaa", "deadbeefdeadbeef", "QUJDQUJDQUJD", "a.b<c>&amp;%41-secret"])
MEDIA_TYPES = ("application/json", "text/html", "application/xml", "text/csv", "application/octet-stream")
PARSERS: dict[str, Parser] = {
    **{f"shape of {name}": _body(shape_of, name) for name in MEDIA_TYPES},
    **{f"values of {name}": _body(values_of, name) for name in MEDIA_TYPES},
    "denial": lambda body: says_no(body.decode("latin-1")),
    "cut JSON": lambda body: completed(body.decode("latin-1")),
    "records": lambda body: records_of(body.decode("latin-1")),
    "echo": lambda body: echo_of([body.decode("latin-1")]),
    "traffic": lambda body: import_traffic(body, name="x"),
    "JSON document": lambda body: json_reader.read(text.view(body)),
    "YAML document": lambda body: yaml_reader.read(text.decode(body)),
    "printable": lambda body: printable_block(body.decode("latin-1")),
    "log line": lambda body: log_line(body.decode("latin-1")),
    "secrets": lambda body: SECRETS.hide(body.decode("latin-1"), cut=True),
    "result": reports.read,
    "baseline": lambda body: read_baseline(body, source="x"),
}


def seconds(parse: Parser, content: bytes) -> float:
    """Return the CPU seconds of one call; input that is refused counts as well."""
    began = time.process_time()
    with contextlib.suppress(SpecdriftError, ValueError, KeyError):
        parse(content)
    return time.process_time() - began


def grows(parse: Parser, seed: Seed) -> float:
    """Return how many times longer the larger input takes; 1 if the difference is noise."""
    larger = seconds(parse, _unseen(seed(SMALL * FACTOR)))
    if larger < NOISE_S:
        return 1.0
    smaller = max(seconds(parse, _unseen(seed(SMALL))), 1e-5)
    # Noise only adds to a time: it would have to double that of the smaller input to hide a ratio over the limit.
    if larger <= LIMIT / 2 * smaller:
        return larger / smaller
    smaller = max(min(smaller, *(seconds(parse, _unseen(seed(SMALL))) for _ in range(2))), 1e-5)
    # A small ratio needs no second measurement.
    if larger > LIMIT * smaller:
        larger = min(larger, seconds(parse, _unseen(seed(SMALL * FACTOR))))
    return larger / smaller


def _unseen(content: bytes) -> bytes:
    """Return the content with an end of its own: some parsers cache what they have read."""
    return content + b"%d" % next(NUMBERS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_time_grows_linearly(name: str) -> None:
    """A ratio over the limit is measured once more, since other work on the machine adds to it."""
    parse = PARSERS[name]
    suspects = {seed: make for seed, make in SEEDS.items() if grows(parse, make) > LIMIT}
    ratios = {seed: round(ratio) for seed, make in suspects.items() if (ratio := grows(parse, make)) > LIMIT}
    assert ratios == {}


@pytest.mark.slow
def test_quadratic_time_is_found() -> None:
    """The control."""

    def quadratic(content: bytes) -> int:
        return sum(content.count(b"\0", 0, end) for end in range(0, len(content) * 4, 1))

    assert grows(quadratic, lambda size: b"a" * size) > LIMIT
