"""Why it is not known whether a guard of a Go program rejects callers, as messages have it."""

from pathlib import Path

import pytest

from tests.source.go.go_modules import program, reading

GUARD = """
type gate struct{ strict bool }

func (g *gate) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		none := len(r.TLS.PeerCertificates) == 0
		LINES
	})
}

func revoked(one *x509.Certificate) bool { return one.IsCA }

func list(w http.ResponseWriter, r *http.Request) {}
"""
REACHES = "which reaches next.ServeHTTP(w, r)"
REFUSE = 'http.Error(w, "no", http.StatusUnauthorized)'


def name_of_guard(folder: Path, *lines: str) -> str:
    """Return what is named as the guard of a route behind a guard with these lines."""
    body = (
        "\tone := gate{}\n\tmux := http.NewServeMux()\n"
        '\tmux.Handle("GET /items", one.guard(http.HandlerFunc(list)))\n'
    )
    written = "\n\t\t".join(lines).replace("REFUSE", REFUSE)
    code = program(body, GUARD.replace("LINES", written), imports="os slices")
    [route] = reading(folder, code).view.routes
    return route.guard_name.replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (('if none && os.Getenv("STRICT") != "" {', "REFUSE", "return", "}", "next.ServeHTTP(w, r)"),
         f"guard (L:25), {REACHES} (L:31), depending on none && os.Getenv(\"STRICT\") != \"\" (L:27),"),
        (('if r.Host == "" {', "none = !!none", "}", 'if os.Getenv("OPEN") != "" {', "next.ServeHTTP(w, r)",
          "return", "}", "if !none {", "next.ServeHTTP(w, r)", "return", "}", "REFUSE"),
         f"guard (L:25), {REACHES} (L:31), depending on os.Getenv(\"OPEN\") != \"\" (L:30),"),
        (("if none {", "w.WriteHeader(200)", "return", "}", "next.ServeHTTP(w, r)"),
         "guard (L:25), whose own answer may be a success,"),
        (("if none {", "REFUSE", "return", "}", "next.ServeHTTP(w, r)"), "guard"),
        (("if slices.ContainsFunc(r.TLS.PeerCertificates, revoked) || none {", "REFUSE", "return", "}",
          "next.ServeHTTP(w, r)"), "guard"),
        (("if slices.ContainsFunc(r.TLS.PeerCertificates, revoked) {", "REFUSE", "return", "}",
          "none = !none", "next.ServeHTTP(w, r)"), ""),
        (("if min(len(r.TLS.PeerCertificates), 1) < 1 {", "REFUSE", "return", "}", "none = !none",
          "next.ServeHTTP(w, r)"), "guard"),
        (("if max(len(r.TLS.PeerCertificates), 1) < 1 {", "REFUSE", "return", "}", "none = !none",
          "next.ServeHTTP(w, r)"), ""),
    ],
)  # fmt: skip
def test_a_message_names_what_decides(lines: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    """The function that may be a guard, the call that passes a request on, and the condition, each with its line."""
    assert name_of_guard(tmp_path, *lines) == expected.replace("L:", "main.go:")
