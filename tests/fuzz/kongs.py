"""Inputs of the reader of Kong's declarative configurations."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.mutations import as_json, cut, tokens, trees
from tests.growth.seeds import REPEATED
from tests.source.gateways.kong.kong_texts import ANONYMOUS, kong, mtls, plugin, route

KONG_WORDS = (
    *REPEATED,
    b'{"paths":["/a","~/(a|b)+$"],"hosts":["a.test","*.b.test","c.*:80"]},',
    b'{"snis":["a.test"],"protocols":["grpc","tls"],"headers":{"x":["~*a"]}},',
    b'{"expression":"x","paths":["${{ env A }}"]},',
    b'{"name":"mtls-auth","config":{"ca_certificates":["a"],"anonymous":"b"}},',
    b'{"name":"request-transformer","config":{"add":{"headers":["a:$(b)"]}}},',
    b'{"name":"a","ordering":{},"route":{"name":"a"}},',
    b'"routes":[{"routes":[',
    b'"_plugin_configs":{"a":',
)


@cache
def _trees() -> tuple[dict[str, Any], ...]:
    header = plugin("request-transformer", {"remove": {"headers": ["X-Client-Cert"]}})
    routes = (
        route(mtls(anonymous="guest"), header, hosts=["*.example"], paths=["/api"]),
        {"paths": ["~/se.*"], "headers": {"x-a": ["1"]}, "snis": ["a.example"], "methods": ["GET"]},
    )
    upstreams = [{"name": "pool", "targets": [{"target": "10.0.0.1:80"}]}]
    texts = (
        kong(*routes, consumers=[ANONYMOUS], plugins=[plugin("acl", {"allow": ["a"]})]),
        kong(*routes, url="http://pool", version="2.1", upstreams=upstreams),
    )
    return tuple(json.loads(text) for text in texts)


def _words(text: bytes) -> list[bytes]:
    return re.findall(rb'[ \n]+|[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^{}\[\],:" \n]+|"', text)


def kong_inputs() -> st.SearchStrategy[bytes]:
    """Changed trees, and changed text."""
    seeds = tuple(json.dumps(tree).encode() for tree in _trees())
    return st.one_of(
        as_json(trees(list(_trees()))), tokens(seeds, KONG_WORDS, _words), cut(st.sampled_from(seeds))
    )
