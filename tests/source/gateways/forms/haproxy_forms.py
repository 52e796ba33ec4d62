"""Forms of HAProxy: maps, files of conditions, and the order of rules."""

from __future__ import annotations

from tests.source.gateways.forms.form import Attack, Form

FILE = "haproxy.cfg"


def frontend(*rules: str, backends: str = "", default: str = "api") -> str:
    """A frontend with TLS before the service."""
    lines = "\n    ".join(rules)
    return f"""
global
    expose-experimental-directives
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend https
    bind @LISTEN@ ssl crt @PEM@ ca-file @CA@ verify optional
    {lines}
    default_backend {default}
backend api
    server a @UP@
{backends}
"""


AGENT = "{ hdr_sub(user-agent) -f @DIR@/agents.lst }"
CERT = "{ ssl_c_used } { ssl_c_verify 0 }"
DOTS = "http-request normalize-uri path-strip-dotdot full"
BY_MAP = "http-request deny if { path,map(@DIR@/paths.map,need) -m str need } !{ ssl_c_used }"
OPEN_BACKEND = "backend open\n    server a @UP@\n"
GUARDED_BACKEND = f"backend guarded\n    http-request deny unless {CERT}\n    server a @UP@\n"
CHOSEN = frontend(
    "use_backend %[path,map_beg(@DIR@/backends.map,guarded)]",
    backends=OPEN_BACKEND + GUARDED_BACKEND,
    default="guarded",
)
LISTED = frontend("acl exempt path -f @DIR@/open.lst", f"http-request deny unless exempt or {CERT}")
BEGINNING = frontend("acl exempt path_beg -f @DIR@/open.lst", f"http-request deny unless exempt or {CERT}")
FORMS = {
    "a file of open paths": Form(
        LISTED, LISTED, files={"open.lst": ("/public\n/health\n", "/public\n/secure\n")}
    ),
    "a file of beginnings": Form(BEGINNING, BEGINNING, files={"open.lst": ("/public\n", "/public\n/s\n")}),
    "a file with a comment": Form(
        LISTED, LISTED, files={"open.lst": ("# /secure\n/public\n", "# see the API\n/public\n/secure\n")}
    ),
    "the default of a map": Form(
        frontend(BY_MAP),
        frontend(BY_MAP.replace(",need) -m str", ") -m str")),
        files={"paths.map": ("/public open\n", "/public open\n")},
    ),
    "the order of a map of parts": Form(
        frontend(BY_MAP.replace(",map(", ",map_beg(")),
        frontend(BY_MAP.replace(",map(", ",map_sub(")),
        files={"paths.map": ("/ need\n/public open\n", "/ open\n/secure need\n")},
    ),
    "a map of expressions without an end": Form(
        frontend(BY_MAP.replace(",map(", ",map_reg("), DOTS),
        frontend(BY_MAP.replace(",map(", ",map_reg("), DOTS),
        Attack("/public/../secure"),
        files={"paths.map": ("^/public$ open\n", "^/public open\n")},
    ),
    "a map of backends": Form(
        CHOSEN,
        CHOSEN,
        files={"backends.map": ("/public open\n", "/public open\n/sec open\n")},
    ),
    "a map of roles by a header": Form(
        frontend(
            f"http-request set-var(txn.role) ssl_c_s_dn(cn),map(@DIR@/roles.map,reader) if {CERT}",
            "http-request deny unless { path /public } or { var(txn.role) -m found }",
        ),
        frontend(
            "http-request set-var(txn.role) req.hdr(x-user),map(@DIR@/roles.map)",
            f"http-request deny unless {{ path /public }} or {{ var(txn.role) -m found }} or {CERT}",
        ),
        Attack(headers={"x-user": "root"}),
        files={"roles.map": ("root admin\n", "root admin\n")},
    ),
    "agents in a file": Form(
        frontend(f"http-request deny unless {CERT} or {AGENT} {{ path /public }} or {{ path /public }}"),
        frontend(f"http-request deny unless {CERT} or {AGENT} or {{ path /public }}"),
        Attack(headers={"user-agent": "kube-probe/1.30"}),
        files={"agents.lst": ("kube-probe\n", "kube-probe\n")},
    ),
    "a condition of several lines": Form(
        frontend("acl ok ssl_c_used", "acl ok path /public", "http-request deny unless ok"),
        frontend(
            "acl ok ssl_c_used",
            "acl ok path /public",
            "acl ok hdr(x-internal) 1",
            "http-request deny unless ok",
        ),
        Attack(headers={"x-internal": "1"}),
    ),
    "a rule that admits by a part of the target": Form(
        frontend("http-request allow if { path /public }", f"http-request deny unless {CERT}"),
        frontend("http-request allow if { url_sub public }", f"http-request deny unless {CERT}"),
        Attack("/secure?public"),
    ),
    "the result without a certificate": Form(
        frontend(f"http-request deny unless {CERT} or {{ path /public }}"),
        frontend("http-request deny unless { ssl_c_verify 0 } or { path /public }"),
    ),
    "a guard in one backend": Form(
        frontend("use_backend guarded if { path_beg /secure }", backends=GUARDED_BACKEND),
        frontend("use_backend guarded if { path_beg /secure } { method POST PUT }", backends=GUARDED_BACKEND),
    ),
    "a path that is decoded after the guard": Form(
        frontend(
            "http-request set-path %[path,url_dec]",
            "http-request deny if { path_beg /secure } !{ ssl_c_used }",
        ),
        frontend(
            "http-request deny if { path_beg /secure } !{ ssl_c_used }",
            "http-request set-path %[path,url_dec]",
        ),
        Attack("/%73ecure"),
    ),
}
