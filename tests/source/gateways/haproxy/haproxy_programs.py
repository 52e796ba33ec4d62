"""Makes HAProxy configurations in which constructs combine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

VERIFY = (
    *("verify none", "verify optional ca-file @CA@", "verify required ca-file @CA@", ""),
    *("verify optional ca-file @CA@ ca-ignore-err all crt-ignore-err all", "crt-list @LIST@"),
    "verify required ca-file @CA@ crt-ignore-err all",
)
TESTS = (
    *(
        "path /a",
        "path_beg /a",
        "path_beg -i /A",
        "path_end .json",
        "path_sub b/",
        "path_dir a",
        "path_dir a/b",
    ),
    *("path_reg ^/a/[a-z]+$", "path -m reg -i ^/A", "path,url_dec -m beg /a", "path,lower -m str /a/b"),
    *("path /a /b /a/b", "path_len gt 4", "path_len 2:3", "url_beg /a?", "pathq /a?x=1", "url_sub x=1"),
    *("ssl_c_used", "ssl_c_verify 0", "ssl_c_verify eq 0", "ssl_c_verify gt 0", "ssl_fc", "ssl_fc_has_crt"),
    *(
        "ssl_c_s_dn(cn) alice",
        "ssl_c_s_dn(OU,-1) -m beg read",
        "ssl_c_s_dn(cn,2) -m found",
        "ssl_c_s_dn(o) x",
    ),
    *(
        "ssl_c_s_dn -m str /OU=reader/CN=alice",
        "ssl_c_i_dn(cn) -m sub client",
        "ssl_c_s_dn(,,rfc2253) -m beg CN=",
    ),
    *("ssl_c_used 1", "ssl_c_s_dn -m found", "ssl_c_s_dn(cn) -m found", "ssl_c_sha1,hex -m found"),
    *(
        "hdr(host) -i one.example",
        "hdr(host) one.example two.example",
        "hdr_beg(host) one",
        "hdr_dom(host) example",
        "base_beg one.example/v1",
    ),
    *("req.hdr(host) -m end .example", "hdr_end(host) -i two.example", "ssl_fc_sni one.example"),
    *("hdr(x-client-cert) -m found", "req.hdr(X-Client-Cert) forged", "hdr_cnt(x-client-cert) gt 0"),
    *("req.hdr_cnt(x-client-cert) eq 0", "hdr_sub(x-client-cert) org", "hdr(x-list) b", "req.fhdr(x-list) b"),
    *("method GET", "method POST PUT", "urlp(x) 1", "url_param(x) -m found", "query -m beg x"),
    *("urlp(x) -m len 1", "urlp(x),length ge 1", "req.hdr(x-client-cert) -m len gt 5"),
    *(
        "cook(area) a",
        "cook(area) -m found",
        "path,field(2,/) a",
        "path,field(3,/) -m str b",
        "base_beg one.example/a",
    ),
    *(
        "var(txn.known) -m str yes",
        "var(txn.who) -m found",
        "path -f @PATHS@",
        "path_beg -f @PATHS@",
        "always_false",
    ),
    *("path,map_beg(@MAP@) area", "path,map(@MAP@,none) none", "path -i -f @PATHS@", "path -m sub -i B"),
    *(
        "dst_port 0",
        "int(5) 5",
        "str(a) a",
        "path_dom a",
        "hdr(host),lower two.example",
        "query,url_dec x=1&y",
    ),
    *("path,concat(-,txn.known,!) /a-yes!", "str(a),concat(b) ab", "path,concat(,txn.who) -m beg /a"),
    *("req.hdr(x-client-cert),base64 Zm9yZ2Vk", "path,base64,b64dec /a", "path,b64dec -m found"),
    *("req.hdr(x-client-cert),concat(A=),b64dec -m len 5", "method,concat(' ',txn.known) 'GET '"),
    *("ssl_c_verify ge 1", "ssl_c_verify lt 1", "req.ver 1.1", "req.hdr(host),length gt 8"),
    *("req.ver 1.0", "req.ver 2.0", "url /a", "url_beg https://", "url_dir a", "base one.example/a"),
    *("capture.req.uri -m beg /a", "path -m found", "path,url_dec -m found", "url /a?", "pathq -m beg /a?"),
    *("url_end /b", "url_reg ^/a", "baseq_beg one.example", "base_dom example", "url_sub one.example:"),
)
ACTIONS = (
    *("deny", "deny deny_status 401", "deny status 404", "reject", "allow", "return status 418"),
    *("redirect location /elsewhere", "redirect scheme https code 301", "auth", "tarpit"),
    *(
        'return status 200 content-type text/plain string "L@N@"',
        "set-header X-Client-Cert none",
        "redirect prefix /p",
    ),
    *("set-header X-Client-Cert %[ssl_c_verify]", "del-header X-Client-Cert", "del-header x-client -m beg"),
    *(
        "add-header X-Client-Cert %[ssl_c_used]",
        "set-header X-Verify %[ssl_c_s_dn(cn)]",
        "set-header X-Verify %[ssl_c_s_dn]%[ssl_c_i_dn(cn)]",
        "set-header X-Verify %[path]",
    ),
    *(
        "replace-header X-Client-Cert (.*)ged \\1",
        "replace-value X-Client-Cert for(.*) <\\1>",
        "add-header X-Verify a",
        "set-header X-Verify %{+Q}[ssl_c_s_dn(cn)]",
        "set-header X-Verify a=%{+Q}[path]",
    ),
    *("set-header X-Verify %[req.hdr(x-client-cert)]", 'set-header X-Verify "%[hdr(host)] %%"'),
    *("set-header X-Verify %[path,regsub(/a,/z)]", "set-header X-Verify %[path,regsub(/.,/z,g)]"),
    *(
        "set-var(txn.known) str(yes)",
        "set-var(txn.who) ssl_c_s_dn(cn)",
        "set-var(txn.known) req.hdr(x-client-cert)",
    ),
    *("set-header X-Verify %[path,concat(-,txn.known,-)]", "set-var(txn.known) path,base64,concat(/)"),
    *("set-header X-Verify %[var(txn.known)]", "unset-var(txn.known)", "set-var-fmt(txn.known) yes"),
    *("set-path /a", "set-path /b%[path]", "set-path %[path,regsub(^/b/,/a/)]", "set-pathq /c?x=%[urlp(x)]"),
    *(
        "replace-path ^/b(.*) /a\\1",
        "replace-path b /b",
        "replace-pathq ^/a\\?(.*) /b?\\1",
        "replace-uri (.*) /u\\1",
        "replace-uri ^/a(.*) /b\\1",
        "replace-uri ([^/:]*://[^/]*)?/a(.*) \\1/b\\2",
        "set-uri /a",
    ),
    *(
        "set-query y=2",
        "set-query %[query,regsub(x,z)]",
        "set-query %[url_param(x)]",
        "replace-path /(.*)z$ \\1",
        "set-path %[path,lower]",
        "set-path %[path,url_dec]",
    ),
    *(
        "normalize-uri path-merge-slashes",
        "normalize-uri path-strip-dot",
        "normalize-uri path-strip-dotdot full",
        "normalize-uri query-sort-by-name",
    ),
)
CONTENT = ("content reject", "content accept", "content set-var(txn.known) str(yes)")
CONNECTION = (*CONTENT, "session accept", "session reject", "connection accept")
PREDEFINED = (
    *("TRUE", "FALSE", "METH_GET", "HTTP_1.1", "METH_POST", "HTTP_URL_SLASH"),
    *("HTTP_1.0", "HTTP_URL_ABS"),
)
CONNECTION_TESTS = ("ssl_c_used", "ssl_fc", "ssl_c_verify 0", "ssl_fc_sni one.example", "always_false")


class HaproxyProgram(Struct, frozen=True):
    """One configuration."""

    text: str
    """With marks for the files that the runner writes."""
    hosts: tuple[str, ...] = ("one.example", "two.example", "x.three.example")


class _Writer(Struct):
    random: Random
    count: int = 0

    def condition(self, names: tuple[str, ...]) -> str:
        """Return a condition of up to three terms."""
        words: list[str] = []
        for number in range(self.random.choice((1, 1, 1, 2, 2, 3))):
            if number:
                words.append(self.random.choice(("", "", "or", "||")))
            negated = self.random.choice(("", "", "!"))
            named = self.random.random() < 0.4
            term = self.random.choice(names or PREDEFINED) if named else f"{{ {self.random.choice(TESTS)} }}"
            words.append(negated + term)
        return f"{self.random.choice(('if', 'if', 'unless'))} {' '.join(filter(None, words))}"

    def rules(self, names: tuple[str, ...], most: int, *, front: bool) -> list[str]:
        """Return rules of a proxy."""
        found: list[str] = []
        for _ in range(self.random.randrange(most + 1)):
            self.count += 1
            action = self.random.choice(ACTIONS).replace("@N@", str(self.count))
            always = self.random.random() < (0.05 if action.split()[0] in ENDING else 0.5)
            found.append(f"http-request {action} {'' if always else self.condition(names)}")
        if self.random.random() < 0.15:
            found.append(f"redirect location /moved {self.condition(names)}")
        if self.random.random() < 0.15:
            test = self.random.choice(CONNECTION_TESTS)
            layer = self.random.choice(CONNECTION if front else CONTENT)
            found.append(f"tcp-request {layer} if {{ {test} }}")
            if "connection" in layer:
                found[-1] = "tcp-request connection accept"
        return found

    def acls(self) -> tuple[list[str], tuple[str, ...]]:
        """Return definitions, and their names: one may have several."""
        names = tuple(f"n{self.random.randrange(4)}" for _ in range(self.random.randrange(5)))
        return [f"acl {name} {self.random.choice(TESTS)}" for name in names], tuple(dict.fromkeys(names))

    def proxy(self, head: str, lines: list[str], most: int, *, ends: tuple[str, ...] = ()) -> str:
        definitions, names = self.acls()
        switches = [
            f"use_backend {self.random.choice(ends)} {self.condition(names)}"
            for _ in range(self.random.randrange(4) if ends else 0)
        ]
        if ends and self.random.random() < 0.2:
            switches.append("use_backend @NAME@_%[path,field(2,/)]")
        if ends and self.random.random() < 0.9:
            switches.append(f"default_backend {self.random.choice(ends)}")
        if self.random.random() < 0.1:
            lines = [*lines, f"stats uri {self.random.choice(('/a/b', '/c'))}"]
        body = [*lines, *definitions, *self.rules(names, most, front=bool(ends)), *switches]
        return "\n    ".join((head, *body)) + "\n"


DEFAULTS = """
defaults
    mode http
    option httplog
    timeout client 5s
    timeout server 5s
    timeout connect 5s
    timeout tarpit 10ms
"""
ENDING = frozenset({"deny", "reject", "allow", "return", "redirect", "auth", "tarpit"})


def program(random: Random) -> HaproxyProgram:
    """Make one configuration."""
    writer = _Writer(random)
    ends = ("@NAME@_a", "@NAME@_b", "@NAME@_c")
    tls = f"bind unix@@TLS@ ssl crt @PEM@ {random.choice(VERIFY)}"
    parts = [
        DEFAULTS,
        writer.proxy("frontend @NAME@_front", [tls, "bind unix@@PLAIN@"], 5, ends=ends),
        writer.proxy(ends[0], ["server s unix@@UP@/x.sock"], 2).replace("@NAME@", "backend @NAME@", 1),
        writer.proxy(ends[1], ["server s unix@@UP@/y.sock"], 2).replace("@NAME@", "backend @NAME@", 1),
        writer.proxy(ends[2], [], 2).replace("@NAME@", "backend @NAME@", 1),
    ]
    return HaproxyProgram("".join(parts))
