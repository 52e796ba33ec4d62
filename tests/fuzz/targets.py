"""What is fuzzed: a reader, inputs, units for growth, and the errors that it declares."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
)
from hypothesis import strategies as st
from msgspec import Struct

from specdrift.crawler.http.transport import FAILURES
from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from specdrift.errors import SpecdriftError
from specdrift.result.schema.probes import PROBE
from specdrift.result.serialize import serialize
from tests.fuzz import apaches, caddies, files, gateways, haproxies, kongs, traefiks
from tests.fuzz.mutations import Tree, as_json, cut, tokens, trees
from tests.fuzz.readers import READERS, json_lines
from tests.growth.seeds import REPEATED
from tests.reports import factory
from tests.source.crates import served

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "specdrift/demo/openapi.yaml"
Inputs = st.SearchStrategy[bytes]


class Target(Struct, frozen=True, kw_only=True):
    """One reader."""

    name: str
    inputs: Callable[[], Inputs]
    units: tuple[bytes, ...] = REPEATED
    """Texts that are repeated in inputs of growing size."""
    refusals: tuple[type[Exception], ...] = (SpecdriftError,)

    @property
    def read(self) -> Callable[[bytes], None]:
        """The reader."""
        return READERS[self.name]


@cache
def _demo() -> Tree:
    return yaml.safe_load(DEMO.read_text(encoding="utf-8"))


def _documents() -> list[Tree]:
    rich = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://{r}.test/v1", "variables": {"r": {"default": "eu", "enum": ["eu"]}}}],
        "paths": {
            "/a/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "post": {
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/n"}}}
                    },
                    "responses": {"200": {"$ref": "#/components/responses/r"}},
                    "security": [{"m": ["admin"], "k": []}, {}],
                },
            },
            "/b": {"$ref": "#/components/pathItems/b"},
        },
        "components": {
            "parameters": {
                "id": {
                    "name": "id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "pattern": "^a+$"},
                }
            },
            "schemas": {
                "n": {
                    "type": "object",
                    "properties": {"c": {"$ref": "#/components/schemas/n"}, "x": {"enum": [1]}},
                    "required": ["x"],
                    "allOf": [{"type": "object"}],
                }
            },
            "responses": {"r": {"description": "d", "content": {"text/plain": {"schema": {}}}}},
            "pathItems": {"b": {"get": {"responses": {}}}},
            "securitySchemes": {
                "m": {"type": "mutualTLS"},
                "k": {"type": "apiKey", "in": "query", "name": "k"},
            },
        },
    }
    swagger = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "basePath": "/v1",
        "paths": {
            "/a": {"get": {"parameters": [{"name": "q", "in": "query", "type": "integer"}], "responses": {}}}
        },
        "securityDefinitions": {
            "o": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "x", "scopes": {}}
        },
        "security": [{"o": []}],
    }
    return [_demo(), rich, swagger]


def _yaml_tokens(text: bytes) -> list[bytes]:
    return re.findall(rb"[ \n]+|[-:{}\[\],&*!|>#\"']|[^-:{}\[\],&*!|>#\"' \n]+", text)


def documents() -> Inputs:
    """Changed trees as JSON and YAML, and changed YAML text."""
    changed = trees(_documents())
    words = (
        *REPEATED,
        b"<<: *a\n",
        b"&a [*a]",
        b"? ? ?\n",
        b"!!binary x",
        b"%YAML 9.9\n---\n",
        b"\t",
        b"|2-\n",
    )
    return st.one_of(
        as_json(changed),
        changed.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")),
        tokens([DEMO.read_bytes()], words, _yaml_tokens),
        cut(st.just(DEMO.read_bytes())),
    )


def results() -> Inputs:
    """Changed results of every kind."""
    made = (factory.story(), factory.incomplete(), factory.document_only())
    return as_json(trees([json.loads(serialize(one)) for one in made]))


@cache
def _recording() -> Tree:
    """Return the recording of a check of the demo server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_certificates(folder)
        with running(folder) as port:
            options = (
                "--cacert",
                "server-ca.pem",
                "--cert",
                "alice.pem",
                "--key",
                "alice.key",
                "--record",
                "r.json",
            )
            narrow = ("--checks", "mtls-not-enforced", "--resolve", f"localhost:{port}:127.0.0.1", "--quiet")
            command = [sys.executable, "-m", "specdrift", "check", str(DEMO), f"https://localhost:{port}"]
            subprocess.run(
                [*command, *options, *narrow], cwd=folder, capture_output=True, check=False, timeout=120
            )
        return json.loads((folder / "r.json").read_bytes())


def recordings() -> Inputs:
    """Changed recordings."""
    return as_json(trees([_recording()]))


def checkpoints() -> Inputs:
    """A header, and changed exchanges."""
    exchanges: list[Tree] = [PROBE.dump(record) for record in factory.story().probes[:3]]
    lines: list[Tree] = [{"sent": [1, 1], "exchange": one} for one in exchanges]
    head: dict[str, Any] = {"specdrift_checkpoint": 1, "run": "x"}
    return st.one_of(
        trees(lines).map(lambda line: json_lines(head, line)),
        cut(st.just(json_lines(head, *lines))),
        as_json(trees([head])).map(lambda text: text + b"\n"),
    )


def baselines() -> Inputs:
    """Changed baselines."""
    entry = {
        "rule": "r",
        "operation": "GET /a",
        "fingerprint": "0" * 16,
        "reason": "x",
        "owner": "o",
        "expires": None,
    }
    return as_json(trees([{"specdrift_baseline": 1, "accepted": [entry, entry | {"fingerprint": "1" * 16}]}]))


HTTP1 = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.0 302 Found\r\nLocation: /\r\nConnection: close\r\n\r\nrest",
)
HTTP1_WORDS = (
    *REPEATED,
    b"\r\n",
    b"Content-Length: 99999999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"0\r\n",
    b"a: b\r\n",
    b" folded\r\n",
    b"HTTP/1.1 101 X\r\n\r\n",
    b"HTTP/9.9 ",
    b"ffffffffffffffff\r\n",
    b"HTTP/1.1 103 \r\n\r\n",
)


def http1() -> Inputs:
    """Changed responses, several on one connection."""
    changed = tokens(HTTP1, HTTP1_WORDS, lambda text: re.findall(rb"\r\n|[:; ]|[^\r\n:; ]+|[\r\n]", text))
    return st.lists(changed, min_size=1, max_size=3).map(b"".join)


def frames() -> st.SearchStrategy[Frame]:
    """Frames of a server, most of them well formed."""
    blocks = st.sampled_from(
        (b"\x88", b"\x8d\x5f\x01a", b"\x20\x3f\xe1\x1f", b"\xff" * 9, b"", b"\x88\x00\x01a\x01b")
    )
    stream = st.sampled_from((1, 1, 1, 3, 2))
    ends = st.sampled_from((["END_HEADERS"], ["END_HEADERS", "END_STREAM"], []))
    return st.one_of(
        st.builds(lambda one, data, flags: HeadersFrame(one, data, flags=flags), stream, blocks, ends),
        st.builds(
            lambda one, data, flags: DataFrame(one, data, flags=flags),
            stream,
            st.binary(max_size=300),
            st.sampled_from((["END_STREAM"], [])),
        ),
        st.builds(SettingsFrame, st.just(0), st.dictionaries(st.integers(0, 9), st.integers(0, 2**32 - 1))),
        st.builds(lambda flags: SettingsFrame(0, flags=flags), st.sampled_from((["ACK"], []))),
        st.builds(RstStreamFrame, stream, st.integers(0, 20)),
        st.builds(
            lambda last, data: GoAwayFrame(0, last, 0, data), st.integers(0, 5), st.binary(max_size=20)
        ),
        st.builds(lambda data: PingFrame(0, data), st.binary(min_size=8, max_size=8)),
    )


def http2() -> Inputs:
    """Frames in any order, repeated and damaged."""
    one = frames().map(lambda frame: frame.serialize())
    many = st.tuples(one, st.sampled_from((1, 2, 200))).map(lambda drawn: drawn[0] * drawn[1])
    return st.lists(st.one_of(many, cut(one), st.binary(max_size=20)), max_size=8).map(b"".join)


BODIES: dict[bytes, tuple[bytes, ...]] = {
    b"application/json": (b'{"items":[{"id":1,"name":"a\\u00e9","at":"2026-01-01T00:00:00Z"}],"next":null}',),
    b"text/html": (
        b"<!DOCTYPE html><html><head><title>t</title><script>x</script></head><body><p class='a'>x &amp; y</p>",
    ),
    b"application/xml": (b'<?xml version="1.0"?><a xmlns:x="u"><b c="1">x</b><![CDATA[y]]><!-- z --></a>',),
    b"text/csv": (b'id,name\n1,"a ""b"""\n2,c\n',),
    b"multipart/form-data;boundary=b": (
        b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--\r\n",
    ),
    b"application/x-ndjson": (b'{"a":1}\n{"a":2}\n',),
    b"text/event-stream": (b'event: a\ndata: {"a":1}\n\n',),
}


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw a changed body of a media type, its own or another, some compressed."""
    media_type = draw(st.sampled_from(list(BODIES)))
    words = (*REPEATED, b"{", b"}", b'"', b"\\u0000", b"&#x1f;", b"</p>", b"<p>", b"]]>")
    changed = draw(tokens(BODIES[media_type], words, lambda text: re.findall(rb"\w+|\W", text)))
    stated = draw(
        st.sampled_from((media_type, *BODIES, b"application/problem+json", b"text/html;charset=idna", b""))
    )
    if draw(st.booleans()):
        return stated + b"\n" + changed
    packed = gzip.compress(changed, mtime=0)
    return stated + b" gzip\n" + draw(st.sampled_from((packed, packed[:-5], packed * 2)))


TRAFFIC = (
    b'1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 1 "-" "x"\n' * 3,
    b'{"method":"GET","path":"/a","status":200}\n{"req":{"method":"POST","url":"/b"}}\n',
    b"GET /a\nPOST /b/{id}\n# note\n",
    json.dumps(
        {
            "log": {
                "version": "1.2",
                "entries": [
                    {"request": {"method": "GET", "url": "https://h/a"}, "response": {"status": 200}}
                ],
            }
        }
    ).encode(),
)


def traffic() -> Inputs:
    """Changed logs, HAR files, lists of routes and documents."""
    changed = tokens(TRAFFIC, REPEATED, lambda text: re.findall(rb"\w+|\W", text))
    har = as_json(trees([json.loads(TRAFFIC[3])]))
    return st.one_of(changed, har, as_json(trees(_documents())))


SOURCE = (
    served(
        'Router::new().route("/a/:id", get(one).post(two)).nest("/n", inner()).layer(from_fn(guard))',
        'fn inner() -> Router { Router::new().route("/x", get(|| async { "x" })) }\n'
        'async fn one(Path(id): Path<u32>) -> String { format!("{id}") }\n'
        "async fn two() {}\nasync fn guard(req: Request, next: Next) -> Response {\n"
        "    if req.extensions().get::<Cert>().is_none() { return StatusCode::UNAUTHORIZED.into_response(); }\n"
        "    next.run(req).await\n}\nmacro_rules! m { ($x:expr) => { $x } }\n",
    ).encode(),
)
SOURCE_WORDS = (
    *REPEATED,
    b"{",
    b"}",
    b"(",
    b")",
    b"[",
    b"]",
    b'r#"',
    b"/*",
    b"*/",
    b"//",
    b"'a",
    b"b'",
    b"::",
    b"#![x]",
    b"loop { ",
    b"if x { ",
    b"match x { _ => ",
    b"|x| ",
    b"<",
    b">>",
    b"fn f() { f() }\n",
    b".nest(p, q)",
    b'.route("/a", get(b))',
    b".merge(q)",
    b".foo()",
    b"mod a { ",
    b"..",
)


def source() -> Inputs:
    """Changed Rust source."""
    return tokens(SOURCE, SOURCE_WORDS, lambda text: re.findall(rb"\w+|\s+|::|[^\w\s]", text))


HTTP = FAILURES
TARGETS = {
    target.name: target
    for target in (
        Target(name="document", inputs=documents),
        Target(name="result", inputs=results),
        Target(name="recording", inputs=recordings),
        Target(
            name="checkpoint", inputs=checkpoints, refusals=(SpecdriftError, KeyError, TypeError, ValueError)
        ),
        Target(name="baseline", inputs=baselines),
        Target(name="http1", inputs=http1, units=HTTP1_WORDS, refusals=HTTP),
        Target(name="http2", inputs=http2, refusals=HTTP),
        Target(name="body", inputs=bodies, refusals=()),
        Target(name="traffic", inputs=traffic),
        Target(name="source", inputs=source, units=SOURCE_WORDS),
        Target(name="nginx", inputs=gateways.nginx, units=gateways.NGINX_WORDS),
        Target(name="envoy", inputs=gateways.envoy, units=gateways.ENVOY_WORDS),
        Target(name="caddy", inputs=caddies.caddy, units=caddies.CADDY_WORDS),
        Target(name="apache", inputs=apaches.apache, units=apaches.APACHE_WORDS),
        Target(name="haproxy", inputs=haproxies.haproxy, units=haproxies.HAPROXY_WORDS),
        Target(name="traefik", inputs=traefiks.traefik, units=traefiks.TRAEFIK_WORDS),
        Target(name="traefik-resources", inputs=traefiks.resources, units=traefiks.RESOURCE_WORDS),
        Target(name="kong", inputs=kongs.kong_inputs, units=kongs.KONG_WORDS),
        Target(name="mesh", inputs=gateways.mesh, units=gateways.MESH_WORDS),
        Target(name="configuration", inputs=files.configurations, units=files.TOML_WORDS),
        Target(name="inventory", inputs=files.inventories, units=files.TOML_WORDS),
        Target(name="shard", inputs=files.shards),
        Target(name="overlay", inputs=files.overlays),
        Target(name="credential", inputs=files.credentials, units=files.PEM_WORDS),
        Target(name="names", inputs=files.names, units=(b"\x05\x00", b"\x31\x00", b"\x30\x80")),
    )
}
