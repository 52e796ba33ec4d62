"""Small Go modules for tests, which are only read."""

from collections.abc import Mapping
from pathlib import Path

from specdrift.model.result.source import SourceRoute
from specdrift.source import SourceAnalysis, SourceQuery, read

MANIFEST = """module example.com/shop

go 1.23

require (
\tgithub.com/gin-gonic/gin v1.10.1
\tgithub.com/go-chi/chi/v5 v5.2.2
)
"""
CHECK = """
func certificate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""
"""A guard and a handler of net/http."""
OPTIONAL = "&tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool}"
REQUIRED = "&tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}"


def module(folder: Path, files: Mapping[str, str] | str) -> Path:
    """Write a module with these files; a text alone is its ``main.go``."""
    named = {"main.go": files} if isinstance(files, str) else files
    for name, text in {"go.mod": MANIFEST, **named}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def reading(folder: Path, files: Mapping[str, str] | str, **question: object) -> SourceAnalysis:
    """Return what is read of a module with these files."""
    return read(SourceQuery(folder=module(folder, files), **question))  # type: ignore[arg-type]


def program(body: str, more: str = CHECK, *, imports: str = "", serve: str | None = None) -> str:
    """Return a program whose ``main`` makes ``mux`` and serves it over TLS with optional certificates."""
    names = ("crypto/tls", "crypto/x509", "log", "net/http", *imports.split())
    lines = "".join(f'\t"{name}"\n' for name in names)
    server = f'&http.Server{{Addr: ":8443", Handler: mux, TLSConfig: {OPTIONAL}}}'
    served = serve if serve is not None else f'\tlog.Fatal(({server}).ListenAndServeTLS("a", "b"))\n'
    start = f"package main\n\nimport (\n{lines})\n\nvar pool = x509.NewCertPool()\n"
    return f"{start}\nfunc main() {{\n{body}\n{served}}}\n{more}"


def table(found: SourceAnalysis) -> list[tuple[str, str, str, str]]:
    """Return methods, path, handler and guard of each route."""
    return [_row(route) for route in found.view.routes]


def _row(route: SourceRoute) -> tuple[str, str, str, str]:
    return ",".join(route.methods), route.path, route.handler, route.guard.value


def unread(found: SourceAnalysis) -> list[tuple[str, int]]:
    """Return what was not followed, with its line."""
    return [(one.what, one.location.line) for one in found.view.not_followed]
