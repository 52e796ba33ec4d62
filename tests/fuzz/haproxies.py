"""Inputs of the reader of HAProxy's configurations."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from hypothesis import strategies as st

from tests.fuzz.mutations import cut, tokens
from tests.growth.seeds import REPEATED
from tests.source.gateways.haproxy.haproxy_programs import program

HAPROXY_WORDS = (
    *REPEATED,
    b"frontend f\n",
    b"backend b\n    server s 10.0.0.1:80\n",
    b"defaults d from d\n",
    b"    bind :80,:443-500\n",
    b"    bind :443 ssl verify optional crt-list haproxy.cfg\n",
    b"    acl a path_reg ^/(a+)+$\n",
    b"    acl a hdr(host) -i -f haproxy.cfg\n",
    b"    http-request deny if a !a || { ssl_c_used } or !{ path,url_dec,field(1,/) -m len gt 5 }\n",
    b"    http-request set-var(txn.a) var(txn.a)\n",
    b"    http-request set-path %[path]%[path]\n",
    b"    http-request set-header X-Cert %[ssl_c_der,base64]\n",
    b"    http-request replace-path (.*) \\1\\1\n",
    b"    use_backend %[req.hdr(host),map(haproxy.cfg)]\n",
    b"{ ",
    b"if ",
    b'"${A',
    b"%[",
    b"\\",
)


@cache
def _seeds() -> tuple[bytes, ...]:
    """Programs in which constructs combine, on ports."""
    marks = {"unix@@TLS@": ":443", "unix@@PLAIN@": ":80", "unix@@UP@/x.sock": "10.0.0.5:80", "@NAME@": "p"}
    texts = [program(Random(number)).text for number in range(4)]
    for mark, value in marks.items():
        texts = [text.replace(mark, value) for text in texts]
    return tuple(text.encode() for text in texts)


def _words(text: bytes) -> list[bytes]:
    return re.findall(rb"[ \n]+|[^ \n,()]+|[,()]", text)


def haproxy() -> st.SearchStrategy[bytes]:
    """Changed configurations."""
    return st.one_of(tokens(_seeds(), HAPROXY_WORDS, _words), cut(st.sampled_from(_seeds())))
