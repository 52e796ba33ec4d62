"""Inputs of the reader of Caddy's configurations."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.mutations import as_json, cut, tokens, trees
from tests.growth.seeds import REPEATED
from tests.source.gateways.caddy.caddy_programs import program

CADDY_WORDS = (
    *REPEATED,
    b'{"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"a:80"}]}]},',
    b'{"handle":[{"handler":"subroute","routes":[',
    b'{"match":[{"path":["/a*"],"not":[{"expression":"true"}]}]},',
    b'{"match":[{"host":["a.test","*.b.test"]}]},',
    b'"not":[{',
    b'"expression":"((((!!!true)))) || ',
    b'"errors":{"routes":[',
    b'"uri":"{http.request.uri}{http.request.uri}",',
    b'"listen":[":80-90"],',
    b"{http.vars.a}",
    b"<<: *a\n",
)


@cache
def _trees() -> tuple[dict[str, Any], ...]:
    """Programs in which constructs combine, on ports."""
    marks = {"unix/@TLS@": ":443", "unix/@PLAIN@": ":80", "unix/@UP@/x.sock": "10.0.0.5:80"}
    texts = [program(Random(number)).text() for number in range(4)]
    for mark, value in marks.items():
        texts = [text.replace(mark, value) for text in texts]
    return tuple(json.loads(text) for text in texts)


def _words(text: bytes) -> list[bytes]:
    return re.findall(rb'[ \n]+|[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^{}\[\],:" \n]+|"', text)


def caddy() -> st.SearchStrategy[bytes]:
    """Changed trees, and changed text."""
    seeds = tuple(json.dumps(tree).encode() for tree in _trees())
    return st.one_of(
        as_json(trees(list(_trees()))), tokens(seeds, CADDY_WORDS, _words), cut(st.sampled_from(seeds))
    )
