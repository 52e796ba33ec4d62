"""Makes Caddy configurations in which constructs combine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

Object = dict[str, Any]
FINGERPRINT = "{http.request.tls.client.fingerprint}"
MODES: tuple[Object | None, ...] = (
    None,
    {"mode": "request"},
    {"mode": "require"},
    {"trusted_ca_certs_pem_files": ["@CA@"], "mode": "verify_if_given"},
    {"trusted_ca_certs_pem_files": ["@CA@"], "mode": "require_and_verify"},
    {"trusted_ca_certs_pem_files": ["@CA@"]},
)
PATHS = (
    "/a",
    "/a/*",
    "/a*",
    "*.json",
    "*b*",
    "/A/B",
    "/b/",
    "*",
    "/",
    "/a/*/c",
    "/a?",
    "/b/*",
    "/c",
    "/a//*",
)
EXPRESSIONS = ("^/a", "/b/?$", r"\.json$", "^/(a|b)/(.*)$", "^/[a-z]+$", "^/A")
CONDITIONS: tuple[str, ...] = (
    *(f"{FINGERPRINT} == null", f"{FINGERPRINT} != null", f"!({FINGERPRINT} == null)"),
    '{http.request.tls.client.subject} == "CN=alice,OU=reader"',
    '{http.request.tls.client.issuer}.contains("client")',
    '{http.request.tls.client.subject} != "CN=alice,OU=reader"',
    '{http.request.tls.client.subject} in ["CN=bob,OU=admin", "CN=alice,OU=reader"]',
    '"CN=alice,OU=reader" == {http.request.tls.client.subject}',
    "{http.request.tls.client.subject} == null",
    "{http.request.tls.client.issuer} != null",
    f'{FINGERPRINT} == null && {{http.request.uri.path}}.startsWith("/a")',
    *(
        '{http.request.method} == "POST"',
        '{http.request.method} in ["GET", "PUT"]',
        '{http.vars.known} == "yes"',
    ),
    *('{http.request.header.X-Client-Cert} == "forged"', '{http.request.header.X-Client-Cert} != ""'),
    *('{http.request.uri.query.x} == "1" || {http.request.host} == "two.example"', "true", "!true"),
    *('{http.request.proto} == "HTTP/1.1"', '{http.request.hostport} == "one.example"'),
    *('{http.request.uri.path}.matches("^/a/")', '{http.request.uri.path}.endsWith("b")', "false || true"),
    *(
        '{http.request.scheme} == "https"',
        '{http.request.uri.path}.contains("b")',
        '{http.request.cookie.area} == "a"',
    ),
)
CALLS: tuple[str, ...] = (
    *('path("/a", "/b/*")', '!path("/a*")', 'method("POST") || path("*b*")', 'host("*.example")'),
    *(
        'header({"X-Client-Cert": "for*"})',
        'header({"X-Client-Cert": ["other", "*ged"]})',
        'query({"x": ["1", "2"]})',
    ),
    *('path_regexp("^/(a|b)/")', 'path_regexp("r", "^/(a|b)/(.*)$")', 'protocol("http/1.1")'),
    *('header_regexp("X-Client-Cert", "^f(.*)d$")', 'header_regexp("h", "X-Client-Cert", "^for")'),
    *("path({http.request.uri.path})", 'path("/" + "a" + "/*")', 'method({http.request.method}, "PUT")'),
    *('{http.request.uri.path}.lowerAscii() == "/a"', '"/" + "b" == {http.request.uri.path}'),
    *(
        '{area} == "inner"',
        '{area} != "" && {area} in ["inner", "outer"]',
        '{level} == "1"',
        '{area}.startsWith("in")',
    ),
    *(f'{{area}} == "inner" && {FINGERPRINT} == null', "{http.error.status_code} == 404"),
    *("{http.error.status_code} in [401, 403]", '{http.error.status_code} == "404"'),
)
MAPS: tuple[Object, ...] = (
    {
        "source": "{http.request.uri.path}",
        "destinations": ["{area}", "{level}"],
        "mappings": [
            {"input": "/a", "outputs": ["inner", 1]},
            {"input_regexp": "^/b/(.*)$", "outputs": ["outer", None]},
            {"input_regexp": "^/(?P<first>[ab])(/?)", "outputs": ["${first}x$1$2$$", True]},
        ],
        "defaults": ["", "0"],
    },
    {
        "source": "{http.request.header.X-Client-Cert}",
        "destinations": ["{area}"],
        "mappings": [
            {"input": "forged", "outputs": ["inner"]},
            {"input_regexp": "^o", "outputs": ["{http.request.method}"]},
        ],
        "defaults": ["{http.request.uri.path}"],
    },
    {
        "source": "{http.request.method}-{http.request.uri.query.x}",
        "destinations": ["{level}"],
        "mappings": [{"input": "GET-", "outputs": ["{area}"]}, {"input": "POST-1", "outputs": ["1"]}],
    },
)
TARGETS = (
    "/new",
    "/a{http.request.uri.path}",
    "/b?y=1",
    "?z=1",
    "{http.request.uri}",
    "/c?{http.request.uri.query}",
)
TEXTS = (
    *(
        "none",
        "{http.request.uri.path}",
        "{http.request.header.X-Client-Cert}",
        FINGERPRINT,
        "{http.vars.known}",
    ),
    *("{http.regexp.r.1}", "{http.request.method}-{http.request.host}", "{http.request.uri.query.x}"),
    *("{area}", "{area}-{level}"),
    *("{http.request.tls.client.issuer}", "{http.request.tls.client.serial}"),
    *("{http.request.tls.client.subject}", "{http.request.uri}", "{http.request.orig_uri}"),
)


class CaddyProgram(Struct, frozen=True):
    """The servers of one configuration, by name."""

    servers: Object
    """With marks for the sockets and files."""

    def text(self) -> str:
        """Return it as a file."""
        return json.dumps({"apps": {"http": {"servers": self.servers}}}, indent=1)


class _Writer(Struct):
    random: Random
    count: int = 0

    def matcher(self) -> Object:
        """Return one set of matchers."""
        random = self.random
        made: tuple[Object, ...] = (
            {"path": random.sample(PATHS, random.randrange(1, 3))},
            {"path": [random.choice(PATHS)]},
            {"path_regexp": {"name": "r", "pattern": random.choice(EXPRESSIONS)}},
            {"method": random.sample(("GET", "POST", "PUT"), 2)},
            {"expression": random.choice(CONDITIONS)},
            {"expression": random.choice(CALLS)},
            {"header": {"X-Client-Cert": random.choice((["*"], ["for*"], ["*ged"], ["other"], None, []))}},
            {"header_regexp": {"X-Client-Cert": {"name": "h", "pattern": "^f(.*)d$"}}},
            {"query": {"x": [random.choice(("1", "*", "2"))]}},
            {"protocol": random.choice(("http", "https", "http/1.0", "http/1.1", "http/1.1+", "http/2+"))},
            {"host": [random.choice(("one.example", "*.example", "two.example"))]},
            {
                "vars": {
                    random.choice(("known", "{http.request.method}")): [random.choice(("", "yes", "GET"))]
                }
            },
            {"vars": {"{http.request.header.X-Client-Cert}": [random.choice(("", "forged"))]}},
            {"vars": {"{area}": [random.choice(("inner", "/a", "GET"))]}},
            {"vars_regexp": {"{area}": {"pattern": "^in"}}},
            {"vars_regexp": {"{http.request.uri.path}": {"pattern": random.choice(EXPRESSIONS)}}},
        )
        found = dict(random.choice(made))
        if random.random() < 0.3:
            found |= random.choice(made)
        return {"not": [found]} if random.random() < 0.2 else found

    def matchers(self) -> list[Object]:
        return [self.matcher() for _ in range(self.random.choice((0, 1, 1, 1, 2)))]

    def headers(self) -> Object:
        """Return changes of headers."""
        random = self.random
        name = random.choice(("X-Client-Cert", "X-Verify"))
        kind = random.randrange(5)
        if kind == 0:
            return {"delete": [random.choice(("X-Client-Cert", "X-Client*", "*-Cert", "*lient*", "X-Else"))]}
        if kind == 1:
            return {"replace": {name: [{"search": "for", "replace": random.choice(TEXTS[:2])}]}}
        return {random.choice(("set", "set", "add")): {name: [random.choice(TEXTS)]}}

    def rewrite(self) -> Object:
        """Return a rewrite."""
        random = self.random
        made: tuple[Object, ...] = (
            {"uri": random.choice(TARGETS)},
            {"strip_path_prefix": random.choice(("/a", "/a/b", "b", "/A"))},
            {"strip_path_suffix": random.choice((".json", "/b", "/"))},
            {"uri_substring": [{"find": "/a", "replace": "/z"}]},
            {"path_regexp": [{"find": "/b(.*)", "replace": "/y$1"}]},
        )
        return random.choice(made)

    def handler(self, depth: int) -> Object:
        """Return a handler."""
        random = self.random
        self.count += 1
        kind = random.randrange(12)
        if kind < 3 and depth:
            inner: Object = {"handler": "subroute", "routes": self.routes(depth - 1, random.randrange(1, 4))}
            if random.random() < 0.3:
                inner["errors"] = {"routes": self.routes(0, random.randrange(3))}
            return inner
        status = random.choice((None, 200, 401, 403, 302, 404))
        proxy: Object = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": f"unix/@UP@/{random.choice('xy')}.sock"}],
        }
        if random.random() < 0.5:
            proxy["headers"] = {"request": self.headers()}
        if random.random() < 0.2:
            proxy["rewrite"] = self.rewrite()
        made = (
            *[
                {"handler": "static_response", "body": f"L{self.count}"}
                | ({"status_code": status} if status else {})
            ]
            * 3,
            *[proxy] * 3,
            {"handler": "rewrite", **self.rewrite()},
            {"handler": "headers", "request": self.headers()},
            {"handler": "error", "status_code": random.choice((401, 403, 404))},
            {"handler": "map", **random.choice(MAPS)},
            {"handler": "map", **random.choice(MAPS)},
            {"handler": "vars", "known": random.choice(("yes", "no", "{http.request.header.X-Client-Cert}"))},
        )
        return random.choice(made)

    def routes(self, depth: int, most: int) -> list[Object]:
        found: list[Object] = []
        for _ in range(most):
            route: Object = {"handle": [self.handler(depth) for _ in range(self.random.choice((1, 1, 2)))]}
            matchers = self.matchers()
            if matchers:
                route["match"] = matchers
            if self.random.random() < 0.3:
                route["group"] = f"g{self.random.randrange(2)}"
            if self.random.random() < 0.2:
                route["terminal"] = True
            found.append(route)
        return found

    def policies(self) -> list[Object]:
        """Return connection policies, the last of which takes every name."""
        found = [
            {"match": {"sni": [name]}, **self.policy()}
            for name in ("one.example", "*.three.example")
            if self.random.random() < 0.4
        ]
        return [*found, self.policy()]

    def policy(self) -> Object:
        mode = self.random.choice(MODES)
        return {"client_authentication": mode} if mode else {}

    def server(self, *, tls: bool) -> Object:
        """Return a server."""
        made: Object = {
            "listen": [f"unix/{'@TLS@' if tls else '@PLAIN@'}"],
            "automatic_https": {"disable": True},
            "protocols": ["h1"],
            "routes": self.routes(2, self.random.randrange(1, 6)),
        }
        if self.random.random() < 0.3:
            made["errors"] = {"routes": self.routes(1, self.random.randrange(1, 3))}
        if tls:
            made["tls_connection_policies"] = self.policies()
            if self.random.random() < 0.6:
                made["strict_sni_host"] = self.random.random() < 0.3
        return made


def program(random: Random) -> CaddyProgram:
    """Make one configuration."""
    writer = _Writer(random)
    servers: Object = {"@NAME@t": writer.server(tls=True)}
    if random.random() < 0.4:
        servers["@NAME@p"] = writer.server(tls=False)
    return CaddyProgram(servers)
