"""Inputs of the reader of Apache's configurations."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from hypothesis import strategies as st

from tests.fuzz.mutations import cut, tokens
from tests.growth.seeds import REPEATED
from tests.source.gateways.apache.apache_programs import program

APACHE_WORDS = (
    *REPEATED,
    b"Listen 443\n",
    b"<VirtualHost *:443>\n",
    b"</VirtualHost>\n",
    b"<Location /a>\n",
    b"</Location>\n",
    b"<If \"%{SSL_CLIENT_VERIFY} == 'SUCCESS'\">\n",
    b"</If>\n",
    b"Require expr \"((!(-n req('a') && ('a' . 'b') =~ /^(a+)+$/)))\"\n",
    b"Require expr ((((\n",
    b"SSLRequire ! ! ! !\n",
    b"<RequireAll>\n",
    b"<RequireNone>\n",
    b"RewriteRule ^(.*)$ $1$1$1 [S=9]\n",
    b"RewriteCond %{HTTP:a} (.*)(.*)\n",
    b"ProxyPassMatch ^/(.*)$ http://a/$1$1\n",
    b"ProxyPass /a balancer://a\n",
    b"Define a ${a}${a}\n",
    b"<Macro a $b>\n",
    b"Use a $b$b\n",
    b"</Macro>\n",
    b"Include *.conf\n",
    b"RequestHeader edit* a . bb\n",
    b"\\\n",
    b"<",
    b'"',
)


@cache
def _seeds() -> tuple[bytes, ...]:
    """Programs in which constructs combine, on ports."""
    marks = {"@TLS@": "443", "@PLAIN@": "80", "@X@": "8080", "@Y@": "8081", "@NAME@": "p", "@DOCS@": "/srv"}
    texts = [program(Random(number)).text for number in range(4)]
    for mark, value in marks.items():
        texts = [text.replace(mark, value) for text in texts]
    return tuple(text.encode() for text in texts)


def _words(text: bytes) -> list[bytes]:
    return re.findall(rb"[ \n]+|[^ \n()]+|[()]", text)


def apache() -> st.SearchStrategy[bytes]:
    """Changed configurations."""
    return st.one_of(tokens(_seeds(), APACHE_WORDS, _words), cut(st.sampled_from(_seeds())))
