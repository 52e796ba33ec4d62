"""Makes Traefik configurations in which constructs combine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

Object = dict[str, Any]
CLIENTS: tuple[Object, ...] = (
    {},
    {"clientAuthType": "NoClientCert"},
    {"clientAuthType": "RequestClientCert"},
    {"clientAuthType": "RequireAnyClientCert"},
    {"caFiles": ["@CA@"], "clientAuthType": "VerifyClientCertIfGiven"},
    {"caFiles": ["@CA@"], "clientAuthType": "RequireAndVerifyClientCert"},
    {"caFiles": ["@CA@"]},
)
HOSTS = ("one.example", "two.example", "Three.example", "four.example.")
PATHS = ("/a", "/a/b", "/b/", "/A/B", "/a b", "/c")
PREFIXES = ("/a", "/a/", "/b", "/", "/A")
EXPRESSIONS = ("^/a", "/b/?$", r"\.json$", "^/(a|b)/(.*)$", "^/[a-z]+$", "^/A")
FORMER = 0.1
"""Share of the rules that are written as Traefik 2 writes them."""


class TraefikProgram(Struct, frozen=True):
    """The members of one configuration, with marks for its name, ports and files."""

    http: Object
    options: Object
    points: Object
    """Settings of its entry points, by name."""


class TraefikWriter(Struct):
    """Writes one configuration."""

    random: Random

    def matcher(self) -> str:
        random = self.random
        return random.choice(
            (
                f"Path(`{random.choice(PATHS)}`)",
                f"PathPrefix(`{random.choice(PREFIXES)}`)",
                f"pathprefix(`{random.choice(PREFIXES)}`)",
                f"PathRegexp(`{random.choice(EXPRESSIONS)}`)",
                f"Method(`{random.choice(('GET', 'post'))}`)",
                f"Header(`X-Client-Cert`, `{random.choice(('forged', 'other'))}`)",
                "HeaderRegexp(`x-client-cert`, `^f.*d$`)",
                f"HEADER(`Cookie`, {random.choice(('`area=a`', chr(34) + 'area=a' + chr(34)))})",
                "Query(`x`, `1`)",
                "Query(`x`)",
                "QueryRegexp(`x`, `^[0-9]$`)",
                f"Host(`{random.choice(HOSTS)}`)",
            )
        )

    def condition(self, depth: int = 0) -> str:
        random = self.random
        if depth > 2 or random.random() < 0.5:
            return f"{'!' if random.random() < 0.2 else ''}{self.matcher()}"
        joined = random.choice((" && ", " || ", "&&")).join(self.condition(depth + 1) for _ in range(2))
        return f"{'!' if random.random() < 0.15 else ''}({joined})" if random.random() < 0.6 else joined

    def rule(self) -> str:
        random = self.random
        host = random.choice((*(f"Host(`{one}`)" for one in HOSTS), "HostRegexp(`^.+[.]example$`)", ""))
        other = self.condition() if random.random() < 0.7 else "PathPrefix(`/`)"
        return f"{host} && ({other})" if host else other

    def former_rule(self) -> str:
        """Make a rule as Traefik 2 writes it."""
        random = self.random
        matchers = (
            "Host(`one.example`, `Three.example`)",
            "Host(`two.example`)",
            "HostRegexp(`{name:[a-z]+}.example`, `other.{end}`)",
            "HostRegexp(`One.example`)",
            "Path(`/a`, `/a/b`)",
            "Path(`/{first}/{rest:.*}`)",
            "Path(`/{first}`)",
            "PathPrefix(`/a`, `/b/`)",
            "pathprefix(`/{area:[ab]}`)",
            "Method(`GET`, `head`)",
            "Headers(`X-Client-Cert`, `forged`)",
            "HeadersRegexp(`x-client-cert`, `^f.*d$`)",
        )
        joined = random.choice((" && ", " || ")).join(random.sample(matchers, random.randrange(1, 4)))
        return f"{'!' if random.random() < 0.15 else ''}({joined})"

    def middleware(self) -> Object:
        random = self.random
        made: tuple[Object, ...] = (
            {"passTLSClientCert": {"pem": True}},
            {"passTLSClientCert": {"info": {"subject": {"commonName": True}}}},
            {"stripPrefix": {"prefixes": random.sample(PREFIXES[:3], 2)}},
            {"stripPrefixRegex": {"regex": [random.choice(("^/[ab]", "/b"))]}},
            {"addPrefix": {"prefix": random.choice(("/b", "/a/", "/c%20d"))}},
            {"replacePath": {"path": random.choice(("/new", "/a%2Fb", "/a b"))}},
            {
                "replacePathRegex": {
                    "regex": random.choice(EXPRESSIONS[:4]),
                    "replacement": random.choice(("/new/$2", "/x", "/${1}y")),
                }
            },
            {"headers": {"customRequestHeaders": {"X-Client-Cert": random.choice(("", "set"))}}},
            {"headers": {"customRequestHeaders": {"X-Verify": "1"}, "frameDeny": True}},
            {"redirectScheme": {"scheme": random.choice(("https", "https", "http"))}},
            {"redirectRegex": {"regex": "^https?://[^/]*/a/(.*)$", "replacement": "https://other/${1}"}},
            {"basicAuth": {"users": ["a:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"]}},
            {"compress": {}},
            {"rateLimit": {"average": 0}},
        )
        return random.choice(made)

    def router(self, names: tuple[str, ...], *, tls: bool) -> Object:
        random = self.random
        points = [f"@NAME@-{'t' if tls else 'p'}"]
        found: Object = {
            "rule": self.rule(),
            "service": random.choice(("x", "y", "w", "x@file", "missing", "v")) if names else "x",
            "entryPoints": points,
        }
        found["service"] = f"@NAME@-{found['service']}"
        if random.random() < FORMER:
            found |= {"rule": self.former_rule(), "ruleSyntax": "v2"}
        if names and random.random() < 0.6:
            found["middlewares"] = [f"@NAME@-{one}" for one in random.sample(names, min(2, len(names)))]
        if random.random() < 0.2:
            found["priority"] = random.choice((1, 5, 100))
        if tls:
            found["tls"] = random.choice(({}, {"options": "@NAME@-o1"}, {"options": "@NAME@-o2"}))
        return found

    def program(self) -> TraefikProgram:
        random = self.random
        names = tuple(f"m{number}" for number in range(random.randrange(1, 5)))
        middlewares = {f"@NAME@-{name}": self.middleware() for name in names}
        if random.random() < 0.3:
            inner = random.sample(sorted(middlewares), min(2, len(names)))
            middlewares["@NAME@-chain"] = {"chain": {"middlewares": inner}}
            names = (*names, "chain")
        routers = {
            f"@NAME@-r{number}": self.router(names, tls=random.random() < 0.7)
            for number in range(random.randrange(2, 7))
        }
        services = {
            f"@NAME@-{name}": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:@{name.upper()}@/z"}]}}
            for name in ("x", "y")
        }
        services["@NAME@-v"] = {
            "weighted": {"services": [{"name": f"@NAME@-{name}"} for name in ("w", "missing")]}
        }
        services["@NAME@-w"] = {"weighted": {"services": [{"name": "@NAME@-x"}]}}
        options = {f"@NAME@-{name}": option(random) for name in ("o1", "o2")}
        http = {"routers": routers, "middlewares": middlewares, "services": services}
        return TraefikProgram(http, options, {"t": self.point(), "p": self.point(plain=True)})

    def point(self, *, plain: bool = False) -> Object:
        random = self.random
        found: Object = {}
        if random.random() < 0.2:
            found["http"] = {"sanitizePath": False}
        if random.random() < 0.2:
            found["forwardedHeaders"] = {"insecure": True}
        if plain and random.random() < 0.2:
            found.setdefault("http", {})["redirections"] = {"entryPoint": {"to": "@NAME@-t"}}
        return found


def option(random: Random) -> Object:
    """Make options of TLS."""
    client = random.choice(CLIENTS)
    return {"minVersion": "VersionTLS12"} | ({"clientAuth": client} if client else {})


def program(random: Random) -> TraefikProgram:
    """Make one configuration."""
    return TraefikWriter(random).program()
