"""Inputs of the reader of Traefik's configurations."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.mutations import as_json, cut, tokens, trees
from tests.growth.seeds import REPEATED
from tests.source.gateways.traefik import resource_programs
from tests.source.gateways.traefik.traefik_programs import program

TRAEFIK_WORDS = (
    *REPEATED,
    b"    r: {rule: Host(`a`), service: s, tls: {}}\n",
    b'    r: {rule: "Host(`a`) && ((((!!!Path(`/a`)))) || ',
    b" && Host(`a`)",
    b"!(",
    b"!",
    b"HostRegexp(`^(a+)+$`)",
    b"  middlewares: {m: {chain: {middlewares: [m, m]}}}\n",
    b'[http.routers.a]\nrule = "Path(`/a`)"\n',
    b"{{ range }}",
    b"<<: *a\n",
)
RESOURCE_WORDS = (
    *REPEATED,
    b"  - {match: Host(`a`), services: [{name: s, port: 80}]}\n",
    b"  - {match: Host(`a`), syntax: v2, middlewares: [{name: m}]}\n",
    b"\n---\napiVersion: traefik.io/v1alpha1\nkind: Middleware\n",
    b" && Path(`/{a:.*}/{b}`)",
    b"{{{",
    b"- {name: s, kind: TraefikService}\n",
)


@cache
def _trees() -> tuple[dict[str, Any], ...]:
    """Programs in which constructs combine; the entry points are those of ``TRAEFIK`` in readers.py."""
    found = []
    for number in range(4):
        one = program(Random(number))
        tree = {"http": one.http, "tls": {"options": one.options}}
        found.append(
            json.loads(json.dumps(tree).replace("@NAME@", "p").replace("@X@", "80").replace("@Y@", "81"))
        )
    return tuple(found)


def _words(text: bytes) -> list[bytes]:
    return re.findall(rb'[ \n]+|[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^{}\[\],:" \n]+|"', text)


def traefik() -> st.SearchStrategy[bytes]:
    """Changed trees, and changed text."""
    seeds = tuple(json.dumps(tree).encode() for tree in _trees())
    return st.one_of(
        as_json(trees(list(_trees()))), tokens(seeds, TRAEFIK_WORDS, _words), cut(st.sampled_from(seeds))
    )


@cache
def _lists() -> tuple[dict[str, Any], ...]:
    """Lists of resources in which constructs combine."""
    found = []
    for number in range(4):
        items = resource_programs.program(Random(number)).resources
        tree = {"apiVersion": "v1", "kind": "List", "items": items}
        found.append(json.loads(json.dumps(tree).replace("@NAME@", "p").replace('"@Y@"', "81")))
    return tuple(found)


def resources() -> st.SearchStrategy[bytes]:
    """Changed lists of resources, and changed text."""
    seeds = tuple(json.dumps(tree).encode() for tree in _lists())
    return st.one_of(
        as_json(trees(list(_lists()))), tokens(seeds, RESOURCE_WORDS, _words), cut(st.sampled_from(seeds))
    )
