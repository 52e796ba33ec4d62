"""Internal details in error responses, as real programs write them, and texts that resemble them."""

from __future__ import annotations

import html
import json
import traceback

import pytest

from specdrift.checks.inputs.internals import SHOWN, disclosures, foreign_names

PYTHON = """Traceback (most recent call last):
  File "/srv/api/guard.py", line 12, in check
    certificate = chain[0]
IndexError: list index out of range
"""
DJANGO = """<!DOCTYPE html>
<html lang="en"><head><meta http-equiv="content-type" content="text/html; charset=utf-8">
  <title>KeyError
          at /invoices</title>"""
JAVA = """java.lang.ArrayIndexOutOfBoundsException: Index 0 out of bounds for length 0
\tat com.example.Guard$Chain.check(Guard.java:41)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)
"""
NODE = """TypeError: no certificate
    at check (/srv/api/guard.js:1:25)
    at Object.<anonymous> (/srv/api/guard.js:2:7)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)
"""
EXPRESS = (
    "<pre>TypeError: no certificate<br> &nbsp; &nbsp;at check (/srv/api/guard.js:1:25)<br> "
    "&nbsp; &nbsp;at Layer.handle [as handle_request] (/srv/api/layer.js:95:5)</pre>"
)
GO = """runtime error: invalid memory address or nil pointer dereference
goroutine 1 [running]:
main.check(0x7?)
\t/srv/api/guard.go:3 +0x32
"""
RUST = "thread 'main' (13155) panicked at src/guard.rs:1:136:\nindex out of bounds: the len is 0\n"
OLD_RUST = "thread 'main' panicked at 'index out of bounds', src/guard.rs:1:136"
DOTNET = """System.NullReferenceException: Object reference not set to an instance of an object.
   at Api.Guard.Check(HttpContext context) in C:\\src\\Api\\Guard.cs:line 12
   at Microsoft.AspNetCore.Builder.UseMiddleware.Invoke(HttpContext context)
"""
PHP = "<br />\n<b>Warning</b>:  Undefined array key 0 in <b>/var/www/guard.php</b> on line <b>12</b><br />"
RUBY = "/srv/api/guard.rb:12:in `check': undefined method (NoMethodError)"

DISCLOSING = {
    "Python": (PYTHON, "a stack trace of Python"),
    "Python, in JSON": (json.dumps({"detail": PYTHON}), "a stack trace of Python"),
    "Python, in HTML": (f"<pre>{html.escape(PYTHON)}</pre>", "a stack trace of Python"),
    "Django": (DJANGO, "a stack trace of Python"),
    "Java": (JAVA, "a stack trace of Java"),
    "Java, in JSON": (json.dumps({"trace": JAVA}), "a stack trace of Java"),
    "Node.js": (NODE, "a stack trace of Node.js"),
    "Express": (EXPRESS, "a stack trace of Node.js"),
    "Go": (GO, "a stack trace of Go"),
    "Rust": (RUST, "a stack trace of Rust"),
    "Rust before 1.73": (OLD_RUST, "a stack trace of Rust"),
    ".NET": (DOTNET, "a stack trace of .NET"),
    ".NET, in JSON": (json.dumps({"detail": DOTNET}), "a stack trace of .NET"),
    "PHP": (PHP, "a stack trace of PHP"),
    "Ruby": (RUBY, "a stack trace of Ruby"),
    "a CA file": ('{"error": "not signed by /etc/pki/clients.pem"}', "a file of certificates or keys"),
    "a CA file of Windows": (json.dumps({"file": "C:\\pki\\clients.pem"}), "a file of certificates or keys"),
    "a line of the source": ("assertion failed (/app/src/guard.py:12)", "a source file of the server"),
    "an exception of Go": (
        "open /etc/api/roles.toml: no such file or directory",
        "a file of the server",
    ),
    "an exception of Node.js": (
        "ENOENT: no such file or directory, open '/etc/api/roles.toml'",
        "a file of the server",
    ),
    "an exception of Python": (
        "[Errno 2] No such file or directory: '/etc/api/roles.toml'",
        "a file of the server",
    ),
    "an exception of Java": (
        "java.nio.file.NoSuchFileException: /etc/api/roles.toml",
        "a file of the server",
    ),
}
HARMLESS = {
    "nothing": "",
    "nginx": "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n"
    "<center><h1>400 Bad Request</h1></center>\r\n<hr><center>nginx/1.26.3</center>\r\n</body>\r\n</html>",
    "Apache": "<address>Apache/2.4.62 (Debian) Server at 127.0.0.1 Port 8443</address>",
    "Tomcat": "<h1>HTTP Status 401 - Unauthorized</h1><h3>Apache Tomcat/10.1.30</h3>",
    "Spring": '{"timestamp":"2026-01-01T10:00:00","status":403,"error":"Forbidden","path":"/secure"}',
    "Envoy": "RBAC: access denied",
    "a problem document": '{"type": "about:blank", "title": "Forbidden", "instance": "/srv/items/7"}',
    "an issuer's certificate to fetch": '{"ca": "https://pki.example.test/etc/clients.pem"}',
    "a link": '<a href="/opt/pki/clients.pem">our CA</a>',
    "a link beside the API": '{"ca": "/app/pki/clients.pem"}',
    "a file without permission": "Permission denied: /mnt/report.pdf",
    "a time": "please meet us at reception (room 12:30)",
    "a requested source": '{"error": "/opt is not here", "try": ["/items", "/main.js"]}',
    "an echoed traversal": "no such file: ../../../etc/pki/clients.pem",
    "a module of a package": "see guard.py for line 12",
}


@pytest.mark.parametrize(("text", "kind"), DISCLOSING.values(), ids=DISCLOSING)
def test_internal_details_are_recognised(text: str, kind: str) -> None:
    """Plain, in JSON, or in HTML; the excerpt in the message is short and on one line."""
    (found,) = disclosures(text)
    assert found.kind == kind
    assert 0 < len(found.shown) <= SHOWN
    assert "\n" not in found.shown


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_ordinary_refusals_disclose_nothing(text: str) -> None:
    """Nor do servers that name their product on their own pages."""
    assert disclosures(text) == ()


def test_a_trace_of_this_process_is_recognised() -> None:
    """Not only the copies above."""
    with pytest.raises(ValueError, match="Expecting value") as caught:
        json.loads("")
    (found,) = disclosures("".join(traceback.format_exception(caught.value)))
    assert found.kind == "a stack trace of Python"


@pytest.mark.parametrize("text", ["at " * 700, "/etc/" * 400, "a." * 1000, "CN=a," * 400, "<b " * 600])
def test_no_body_takes_long(text: str) -> None:
    """An excerpt has two thousand characters, and a hostile server chooses them."""
    assert disclosures(text) == ()
    assert [one.shown[:4] for one in foreign_names(text, frozenset())] in ([], ["CN=a"])


KNOWN = frozenset({"Client CA", "api.test"})
NAMES = {
    "RFC 4514": ("issuer must be CN=Partner CA,OU=PKI,O=Example", ["CN=Partner CA,OU=PKI,O=Example"]),
    "OpenSSL": ("issuer /C=DE/O=Example/CN=Partner CA", ["C=DE/O=Example/CN=Partner CA"]),
    "OpenSSL 3": (
        '{"issuer": "C = DE, O = Example, CN = Partner CA"}',
        ["C = DE, O = Example, CN = Partner CA"],
    ),
    "the one that TLS names": ("issuer must be CN=Client CA,OU=PKI", []),
    "the server": ("you talk to O=Example,CN=api.test", []),
    "no name at all": ("C=DE,O=Example", []),
    "one attribute": ("CN=Partner CA", []),
    "a query": ("/search?CN=a&O=b", []),
}


@pytest.mark.parametrize(("text", "shown"), NAMES.values(), ids=NAMES)
def test_a_distinguished_name_counts_unless_the_handshake_shows_it(text: str, shown: list[str]) -> None:
    """Names that every client receives are no disclosure."""
    assert [one.shown for one in foreign_names(text, KNOWN)] == shown
