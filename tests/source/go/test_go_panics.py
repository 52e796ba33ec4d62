"""Guards of Go programs that end requests with a panic."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import program, reading

GUARD = """
func must(r *http.Request) {
	if other.Verify(r.TLS.PeerCertificates) != nil {
		panic(http.ErrAbortHandler)
	}
}

func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		LINES
		next.ServeHTTP(w, r)
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("must(r)", Guarding.UNKNOWN),
        (
            "if other.Verify(r.TLS.PeerCertificates) != nil {\n\t\t\tpanic(other.Text)\n\t\t}",
            Guarding.UNKNOWN,
        ),
        (
            "if other.Verify(r.TLS.PeerCertificates) != nil {\n\t\t\tlog.Print(other.Text)\n\t\t}",
            Guarding.NONE,
        ),
        ("log.Println(r.TLS.PeerCertificates[other.Index()])", Guarding.CERTIFICATE),
        ("log.Println(r.TLS.PeerCertificates)", Guarding.NONE),
    ],
)
def test_a_panic_on_a_condition_may_refuse(lines: str, expected: Guarding, tmp_path: Path) -> None:
    """Code of another module decides whether it comes to it; an empty list has no element at all."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", guard(http.HandlerFunc(list)))\n'
    code = program(body, GUARD.replace("LINES", lines), imports="example.org/other")
    [route] = reading(tmp_path, code).view.routes
    assert route.guard is expected
