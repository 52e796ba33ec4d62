"""Puts a snippet of a rule's page where it belongs, and lets the program that would read it say whether it can."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from specdrift.rules.explanation import Stack
from tests.servers.pki import make_pki

APACHE_MODULES = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules")
NEEDED = (
    "mpm_event",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_host",
    "authz_user",
    "auth_basic",
    "allowmethods",
    "alias",
    "headers",
    "remoteip",
    "socache_shmcb",
    "ssl",
)

NGINX = {
    "a location": "http {{ {common} server {{ listen 8443 ssl; set $role ''; location /around {{ {snippet} }} }} }}",
    "a server": "http {{ {common} server {{ listen 8443 ssl; set $role ''; {snippet} }} }}",
    "http": "http {{ {common} {snippet} }}",
}
"""Where a directive may stand, the narrowest place first."""

APACHE = """\
ServerRoot "{folder}"
PidFile "{folder}/pid"
DefaultRuntimeDir "{folder}"
ErrorLog "{folder}/error.log"
ServerName localhost
Listen 127.0.0.1:8443
{modules}
SSLCertificateFile site.pem
{snippet}
"""

HAPROXY = """\
defaults
    mode http
    timeout client 1s
    timeout server 1s
    timeout connect 1s
userlist users
    user tester insecure-password nothing
frontend api
    {bind}
{snippet}
    default_backend application
backend application
    server one 127.0.0.1:8080
"""


class Verdict(Struct, frozen=True):
    """Whether a program could read it, and what it said if not."""

    readable: bool
    said: str


def material(folder: Path) -> None:
    """The files that snippets name: a server's certificate and key, client CAs, users."""
    pki = make_pki(folder / "pki")
    (folder / "site.pem").write_bytes(pki.server_cert.read_bytes() + pki.server_key.read_bytes())
    shutil.copy(pki.client_ca, folder / "clients.pem")
    (folder / "users").touch()


def program(*names: str) -> str:
    """The program, or skip the test where it is not installed."""
    path = "/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/go/bin"
    for name in names:
        if found := shutil.which(name) or shutil.which(name, path=path):
            return found
    pytest.skip(f"{names[0]} is not installed")


def run(*command: str | Path, folder: Path) -> Verdict:
    """Run a program's own check of its syntax."""
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    return Verdict(done.returncode == 0, done.stdout + done.stderr)


def nginx(snippet: str, folder: Path) -> Verdict:
    """``nginx -t``, in the narrowest place where it may stand."""
    binary = program("nginx")
    common = "ssl_certificate site.pem; ssl_certificate_key site.pem; access_log off;"
    common += "".join(
        f" {kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    said = []
    for place in NGINX.values():
        text = place.format(common=common, snippet="\n" + _loopback(snippet) + "\n")
        (folder / "nginx.conf").write_text(f"pid nginx.pid; error_log stderr; events {{}}\n{text}")
        verdict = run(binary, "-t", "-p", folder, "-c", folder / "nginx.conf", folder=folder)
        said.append(verdict.said)
        if verdict.readable:
            return verdict
    return Verdict(readable=False, said="\n".join(said))


def _loopback(snippet: str) -> str:
    """Ports that need no root privileges: ``nginx -t`` opens them."""
    for port in ("443", "80"):
        snippet = snippet.replace(f"listen {port}", f"listen 127.0.0.1:2{port:0>4}")
        snippet = snippet.replace(f"listen [::]:{port}", f"listen [::1]:2{port:0>4}")
    return snippet


def apache(snippet: str, folder: Path) -> Verdict:
    """``httpd -t``."""
    binary = program("apache2", "httpd")
    modules = next((each for each in APACHE_MODULES if Path(each, "mod_ssl.so").is_file()), "")
    loaded = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in NEEDED)
    text = APACHE.format(folder=folder, modules=loaded, snippet=snippet)
    (folder / "httpd.conf").write_text(text)
    return run(binary, "-t", "-f", folder / "httpd.conf", folder=folder)


def haproxy(snippet: str, folder: Path) -> Verdict:
    """``haproxy -c``, without so much as a warning."""
    bind = "" if "bind :443" in snippet else "bind 127.0.0.1:8443 ssl crt site.pem"
    lines = "\n".join("    " + line for line in snippet.splitlines())
    (folder / "haproxy.cfg").write_text(HAPROXY.format(bind=bind, snippet=lines))
    verdict = run(program("haproxy"), "-c", "-f", "haproxy.cfg", folder=folder)
    return Verdict(verdict.readable and "WARNING" not in verdict.said, verdict.said)


def node(snippet: str, folder: Path) -> Verdict:
    """``node --check``, inside of an asynchronous request handler."""
    text = f"async function handler(req, res, next) {{\n{snippet}\n}}\n"
    (folder / "snippet.mjs").write_text(text)
    return run(program("node"), "--check", "snippet.mjs", folder=folder)


def go(snippet: str, folder: Path) -> Verdict:
    """``gofmt``, inside of a request handler."""
    text = f"package main\n\nfunc handler(w http.ResponseWriter, r *http.Request) {{\n{snippet}\n}}\n"
    (folder / "snippet.go").write_text(text)
    return run(program("gofmt"), "-e", "snippet.go", folder=folder)


READERS: dict[Stack, Callable[[str, Path], Verdict]] = {
    Stack.NGINX: nginx,
    Stack.APACHE: apache,
    Stack.HAPROXY: haproxy,
    Stack.NODE: node,
    Stack.GO: go,
}


def balanced(snippet: str) -> Iterator[str]:
    """The brackets that are not closed, or not opened, outside of texts and comments. For languages without a
    reader here; it is no parser, and a snippet that fools it is written another way.
    """
    pairs = {")": "(", "]": "[", "}": "{"}
    open_ones: list[str] = []
    for line in snippet.splitlines():
        code = _without_texts(line)
        for mark in code:
            if mark in pairs.values():
                open_ones.append(mark)
            elif mark in pairs and (not open_ones or open_ones.pop() != pairs[mark]):
                yield mark
    yield from open_ones


def _without_texts(line: str) -> str:
    parts = line.split("//", maxsplit=1)[0].split('"')
    return "".join(parts[::2])
