"""Makes nginx configurations in which constructs combine, and requests that tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

PREFIXES = ("/", "/a", "/a/", "/ab", "/a/b", "/a/b/", "/A", "/b", "/b/", "/a/b/c", "/.a", "/a.json", "/a b")
EXPRESSIONS = (
    "^/a",
    r"\.json$",
    "/b",
    "^/(a|b)/",
    "^/a/b/?$",
    "^/[a-z]+$",
    "^/b(?<rest>/.*)?$",
    "c$",
    "^/A",
    r"\s",
)
TARGETS = (
    *(
        "/",
        "/a",
        "/a/",
        "/ab",
        "/a/b",
        "/a/b/",
        "/a/b/c",
        "/A",
        "/A/",
        "/b",
        "/b/",
        "/b/c",
        "/a.json",
        "/c",
        "/.a",
    ),
    *(
        "//a",
        "/a//b",
        "/%61",
        "/%61/b",
        "/a%2Fb",
        "/a%2f",
        "/./a",
        "/a/.",
        "/a/..",
        "/a/../b",
        "/b/%2e%2e/a/b",
    ),
    *(
        "/a%20b",
        "/a%3Fb",
        "/a%23",
        "/a%25",
        "/a?x=1",
        "/a/b?x=1&y",
        "/a#b",
        "/a;x",
        "/..",
        "/a/b/../../..",
        "/a%00",
    ),
    *(
        "/a///b//",
        "/a+b",
        "/%41",
        "/a/%2E/b",
        "/b?x=//a",
        "/a.json?b",
        "/%2Fa",
        "/a/b%",
        "/a%zz",
        "//",
        "/a//",
    ),
)
GUARDS = (
    "if ($ssl_client_verify != SUCCESS) { return 403; }",
    "if ($ssl_client_verify = NONE) { return 401; }",
    "if ($ssl_client_verify !~ ^SUCCESS$) { return 403; }",
    'if ($ssl_client_s_dn = "") { return 403; }',
    "if ($known = 0) { return 403; }",
    "if ($refuse) { return 403; }",
    "if ($ssl_client_verify ~ ^FAILED) { return 418; }",
    'if ($ssl_client_verify != SUCCESS) { return 403 "no"; }',
    "if ($ssl_client_verify != SUCCESS) { return 302 /login; }",
    "if ($ssl_client_verify != SUCCESS) { rewrite ^ /b last; }",
    "if ($http_x_debug) { break; }",
    "if ($request_method = POST) { return 405; }",
    "if ($request_uri ~ ^/a) { set $touched 1; } if ($touched = 1) { return 403; }",
    "set $both $known$touched; if ($both = 01) { return 403; }",
    "if ($inner = 1) { return 403; }",
    'if ($server_protocol = "HTTP/1.0") { return 403; }',
    'if ($request ~ "^GET /a") { return 403; }',
    'if ($request !~ "^[A-Z]+ /") { set $touched 1; }',
    "auth_request /check;",
    "auth_request /check-certificate;",
    'auth_basic "area"; auth_basic_user_file none;',
    "deny all;",
    "allow all; deny all;",
    "limit_except GET { deny all; }",
    "satisfy any; deny all; auth_request /check-certificate;",
    "internal;",
    "error_page 403 = @other;",
    "error_page 403 =200 /b;",
    "error_page 401 403 /a.json;",
    "if ($named = 0) { return 403; }",
    "if ($ssl_client_s_dn !~ .) { return 403; }",
    "if ($ssl_client_s_dn ~ CN=unknown) { return 403; }",
    'if ($ssl_client_s_dn != "CN=alice,OU=reader") { return 403; }',
    "if ($ssl_client_i_dn !~ client) { return 403; }",
    'if ($ssl_client_s_dn_legacy = "/OU=reader/CN=alice") { return 418; }',
    "if ($meant = none) { return 403; }",
    "satisfy all; allow all; auth_request /check-certificate;",
    'satisfy any; auth_basic "area"; auth_basic_user_file none; auth_request /check-certificate;',
    "satisfy any; allow all; auth_request /check;",
    "error_page 401 =403 @other;",
    "recursive_error_pages on; error_page 403 418 = @refusing;",
    "error_page 403 = @refusing;",
    "error_page 404 500 = @other;",
    "if ($known = 1) { proxy_pass http://unix:@UP@/x.sock; }",
    "if ($request_method = GET) { proxy_pass http://unix:@UP@/y.sock; }",
    "if ($named) { set $touched 1; }",
    "if ($touched = 0) { return 403; }",
    "try_files /none @other;",
    "try_files /none =403;",
    "try_files /none /b;",
    "try_files $uri @other;",
    "try_files $uri $uri/ /a?fell=1;",
)
REWRITES = (
    "rewrite ^/a(.*)$ /b$1 last;",
    "rewrite ^/a/(.*)$ /b/$1 break;",
    "rewrite ^/a/b$ /b;",
    "rewrite ^/b/(.*)$ /ab?$1;",
    "rewrite ^/b/ $moved break;",
    "rewrite ^/ab$ https://elsewhere.example/ permanent;",
    "rewrite ^ /a/b last;",
    "rewrite (?i)^/a/(.+)$ /$1?from=a last;",
)
TARGETS_OF_SERVICES = (
    "http://unix:@UP@/$service.sock",
    "http://unix:@UP@/x.sock:$uri",
    "http://unix:@UP@/y.sock:$request_uri",
    "http://unix:@UP@/x.sock:/fixed",
    "http://unix:@UP@/x.sock:$moved",
    "http://@NAME@_$pick",
    "http://@NAME@_$pick$request_uri",
    "http://@NAME@_x/up/",
)
"""Services that a variable chooses, or whose path a variable is."""
HEADERS = (
    "proxy_set_header X-Client-Cert $ssl_client_verify;",
    'proxy_set_header X-Client-Cert "";',
    "proxy_set_header X-Verify $ssl_client_verify;",
    "proxy_set_header X-Client-Cert $http_x_client_cert;",
    "proxy_set_header X-Verify $ssl_client_s_dn/$ssl_client_serial;",
    "proxy_set_header X-Verify $ssl_client_i_dn_legacy/$ssl_client_fingerprint;",
    "proxy_set_header x-client-cert $known;",
    "proxy_pass_request_headers off;",
)
MAPS = """
map $ssl_client_verify $known { default 0; SUCCESS 1; ~^FAILED 2; }
map $uri $area { ~^/a 1; /b 1; default 0; }
map "$area:$known" $refuse { "1:0" 1; default 0; }
map $ssl_client_s_dn $named { default 0; "" 0; ~CN= 1; }
map $ssl_client_s_dn $meant { default none; "CN=alice,OU=reader" reader; ~^CN=(?<who>[^,]+), $who; }
map $ssl_client_verify $pick { default x; SUCCESS y; }
map $uri $moved { ~^/(?<moved_from>[a-z]+)(?<moved_to>/.*)$ $moved_to; ~^/(.)$ /one/$1; default /default; }
map $host $inner { hostnames; default 0; .two.example 1; *.three.example 1; one.* 2; }
upstream @NAME@_x { server unix:@UP@/x.sock; }
upstream @NAME@_y { server unix:@UP@/y.sock; }
"""
VERIFY = ("on", "optional", "optional_no_ca", "off")


class NginxProgram(Struct, frozen=True):
    """One configuration: the servers of one socket with TLS and one without."""

    text: str
    """With marks ``@TLS@`` and ``@PLAIN@`` for the sockets, and ``@UP@`` for the folder of the upstreams."""
    hosts: tuple[str, ...]


class _Writer(Struct):
    random: Random
    count: int = 0

    def some(self, choices: tuple[str, ...], most: int, chance: float = 0.5) -> list[str]:
        """Choose up to ``most``."""
        return [self.random.choice(choices) for _ in range(most) if self.random.random() < chance]

    def content(self, pattern: str, *, proxied: bool) -> str:
        self.count += 1
        kind = self.random.randrange(6)
        if kind < 3 or not proxied:
            return f'return 200 "L{self.count}";'
        service = self.random.choice("xy")
        suffix = (
            self.random.choice(("", "", "/", "/up", "/up/")) if not pattern.startswith(("~", "@")) else ""
        )
        separator = ":" if suffix else ""
        target = f"http://unix:@UP@/{service}.sock{separator}{suffix}"
        if self.random.random() < 0.25:
            target = self.random.choice(TARGETS_OF_SERVICES)
        return "\n".join((*self.some(HEADERS, 2), f"proxy_pass {target};"))

    def location(self, depth: int, parent: str, seen: set[str]) -> str:
        modifier = self.random.choice(("", "", "", "= ", "^~ ", "~ ", "~* "))
        if modifier.startswith("~"):
            name = self.random.choice(EXPRESSIONS)
        else:
            name = self.random.choice([p for p in PREFIXES if p.startswith(parent)] or [parent + "x"])
        key = modifier.strip("^~ ") + name if not modifier.startswith("~") else modifier + name
        if key in seen:
            return ""
        seen.add(key)
        statements = [*self.some(GUARDS, 2, 0.3), *self.some(REWRITES, 1, 0.1)]
        self.random.shuffle(statements)
        inner = ""
        if depth and not modifier.startswith(("=", "~")):
            own: set[str] = set()
            inner = "".join(self.location(depth - 1, name, own) for _ in range(self.random.randrange(3)))
        body = self.content(modifier + name, proxied=True) if self.random.random() < 0.95 else ""
        quoted = f'"{name}"'
        return f"location {modifier}{quoted} {{ {' '.join(statements)} {inner} {body} }}\n"

    def server(self, listens: str, name: str) -> str:
        seen: set[str] = set()
        locations = "".join(self.location(2, "/", seen) for _ in range(self.random.randrange(2, 8)))
        settings = [f"ssl_verify_client {self.random.choice(VERIFY)};"] if "@TLS@" in listens else []
        settings += ["merge_slashes off;"] if self.random.random() < 0.2 else []
        settings += self.some(
            ("error_page 495 496 = @other;", "error_page 403 = @other;", *HEADERS[:3]), 1, 0.2
        )
        statements = self.some(GUARDS[:14], 1, 0.15) + self.some(REWRITES, 1, 0.05)
        return f"""
server {{
    {listens}
    server_name {name};
    set $touched 0;
    set $service y;
    {" ".join(settings)}
    {" ".join(statements)}
    {locations}
    location = /check {{ return 204; }}
    location = /check-certificate {{ if ($ssl_client_verify != SUCCESS) {{ return 401; }} return 204; }}
    location @refusing {{
        if ($ssl_client_verify != SUCCESS) {{ return 403; }}
        {self.content("@refusing", proxied=True)}
    }}
    location @other {{ {self.content("@other", proxied=True)} }}
}}
"""


def program(random: Random) -> NginxProgram:
    """Make one configuration."""
    writer = _Writer(random)
    hosts = ("one.example", "two.example", "x.three.example")
    names = ("one.example", "two.example www.two.example", "*.three.example")
    servers = [
        writer.server(
            "listen unix:@TLS@ ssl;" + (" listen unix:@PLAIN@;" if random.random() < 0.3 else ""), name
        )
        for name in names[: random.randrange(1, 4)]
    ]
    if random.random() < 0.3:
        servers.append(writer.server("listen unix:@PLAIN@;", "plain.example"))
    return NginxProgram(MAPS + "".join(servers), hosts)
