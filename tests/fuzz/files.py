"""Inputs of the readers of files that people write or pass on: configuration, inventory, overlay, keys."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import strategies as st

from specdrift.demo.certificates import write_certificates
from tests.fuzz.mutations import as_json, cut, tokens, trees
from tests.growth.seeds import REPEATED

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = b"""
spec = "openapi.yaml"
base-url = "https://api.test/${A}"
fail-on = "warning"
[server]
ca-file = "ca.pem"
resolve = ["a:1:127.0.0.1"]
[network]
timeout = "5s"
rate-limit = "20/s"
[parameters]
id = 7
[[identities]]
name = "alice"
cert-file = "a.pem"
key-file = "a.key"
roles = ["reader"]
[[identities]]
name = "old"
cert-file = "b.p12"
expect = "refused"
[selection]
exclude-path = ["/a/*"]
[contract]
require = "mutualTLS"
[reports]
html = "r.html"
"""
TOML_WORDS = (
    *REPEATED,
    b"[a.b]\n",
    b"[[identities]]\n",
    b"a.b.c = 1\n",
    b'"""',
    b"'''",
    b"${A}",
    b"1979-05-27T07:32:00Z",
    b"inf",
    b"-nan",
    b"{ a = 1 }",
    b"= ",
)
OVERLAY: dict[str, Any] = {
    "overlay": "1.1.0",
    "info": {"title": "t", "version": "1"},
    "actions": [
        {"target": "$.paths['/a'].get", "update": {"security": [{"m": []}]}},
        {"target": "$..get[?@.operationId == 'x' && length(@) > 1]", "remove": True},
        {"target": "$.paths[*].*", "copy": "$.info"},
    ],
}
SHARD: dict[str, Any] = {
    "specdrift_fleet": 1,
    "fleet": "shop",
    "share": {"inventory": "0" * 64, "choice": "", "shard": [1, 2]},
    "interrupted": False,
    "services": [
        {"service": "a", "result": None, "exit_status": 3, "reason": "x", "exit_zero": False, "owner": ""},
        {"service": "b", "result": "b.json", "exit_status": 0, "reason": "", "exit_zero": True, "owner": "o"},
    ],
}
PEM_WORDS = (
    *REPEATED,
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
    b"-----BEGIN ",
    b"-----",
    b"\x30\x82\xff\xff",
)


def words(text: bytes) -> list[bytes]:
    """Split a text into words and single characters."""
    return re.findall(rb"\w+|\W", text)


def configurations() -> st.SearchStrategy[bytes]:
    """Changed configurations."""
    return st.one_of(tokens([CONFIGURATION], TOML_WORDS, words), cut(st.just(CONFIGURATION)))


def inventories() -> st.SearchStrategy[bytes]:
    """Changed inventories."""
    seed = (ROOT / "examples/fleet/inventory.toml").read_bytes()
    return st.one_of(tokens([seed], TOML_WORDS, words), cut(st.just(seed)))


def shards() -> st.SearchStrategy[bytes]:
    """Changed overviews of a shard."""
    return as_json(trees([SHARD]))


def overlays() -> st.SearchStrategy[bytes]:
    """Changed overlays, and changed queries."""
    marks = (*REPEATED, b"$", b"..", b"[*]", b"[?@.a]", b"[?", b"match(@, '(a+)+b')", b"[1:2:3]", b"!", b"&&")
    query = tokens([b"$..get[?@.operationId == 'x' && length(@) > 1]"], marks, words)
    asked = query.map(
        lambda text: {**OVERLAY, "actions": [{"target": text.decode("utf-8", "replace"), "remove": True}]}
    )
    return st.one_of(as_json(trees([OVERLAY])), as_json(asked))


@cache
def _certificates() -> tuple[bytes, ...]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_certificates(folder)
        return tuple(
            (folder / one).read_bytes() + (folder / key).read_bytes()
            for one, key in (("alice.pem", "alice.key"), ("server-ca.pem", "alice.key"))
        )


def credentials() -> st.SearchStrategy[bytes]:
    """Changed PEM files, and DER with changed bytes."""
    der = x509.load_pem_x509_certificate(_certificates()[0]).public_bytes(Encoding.DER)
    lines = tokens(_certificates(), PEM_WORDS, lambda text: text.splitlines(keepends=True))
    return st.one_of(lines, tokens(_certificates(), PEM_WORDS, words), cut(st.just(der)))


def names() -> st.SearchStrategy[bytes]:
    """Changed distinguished names in DER."""
    certificate = x509.load_pem_x509_certificate(_certificates()[0])
    pieces = (b"\x30\x80", b"\x31\x00", b"\x05\x00", b"\xff" * 130, b"\x06\x03\x55\x04\x03", b"\x1e\x01\x00")
    name = certificate.subject.public_bytes()
    return st.one_of(tokens([name], pieces, lambda text: re.findall(rb"(?s).", text)), st.binary(max_size=60))
