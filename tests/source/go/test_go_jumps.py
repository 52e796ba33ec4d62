"""Jumps to labels, and loops over iterators of the program, in guards of Go programs."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import program, reading

SURE, NONE, UNSURE = Guarding.CERTIFICATE, Guarding.NONE, Guarding.UNKNOWN
GUARD = """
func peers(r *http.Request) func(yield func(*x509.Certificate) bool) {
	return func(yield func(*x509.Certificate) bool) {
		for _, one := range r.TLS.PeerCertificates {
			if !yield(one) {
				return
			}
		}
	}
}

func numbered(yield func(int, string) bool) {
	if !yield(0, "first") {
		return
	}
	yield(1, "second")
}

func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		none := len(r.TLS.PeerCertificates) == 0
		tries := 0
		LINES
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""
REFUSE = 'http.Error(w, "no", http.StatusUnauthorized)'


def guard_of(folder: Path, *lines: str) -> Guarding:
    """Return what is found to protect a route behind a guard with these lines."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", guard(http.HandlerFunc(list)))\n'
    written = "\n\t\t".join(("_, _ = none, tries", *lines)).replace("REFUSE", REFUSE)
    [route] = reading(folder, program(body, GUARD.replace("LINES", written))).view.routes
    return route.guard


PASS = "next.ServeHTTP(w, r)"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("if none {", "goto deny", "}", PASS, "return", "deny:", "REFUSE"), SURE),
        (("if none {", "goto deny", "}", PASS, "return", "deny:", "REFUSE", PASS), NONE),
        (("if none {", "goto pass", "}", "if none {", "REFUSE", "return", "}", "pass:", PASS), NONE),
        (("if !none {", "goto pass", "}", "REFUSE", "return", "pass:", PASS), SURE),
        (("again:", "tries++", "if tries < 4 {", "goto again", "}", "if none {", "REFUSE", "return", "}", PASS), SURE),
        (("again:", "tries++", "if tries < 4 {", "goto again", "}", "if !none {", "REFUSE", "return", "}", PASS), NONE),
        (("again:", "if none {", "goto again", "}", PASS), UNSURE),
        (("for _, one := range r.TLS.PeerCertificates {", "if one.IsCA {", "goto deny", "}", "}",
          "if none {", "goto deny", "}", PASS, "return", "deny:", "REFUSE"), SURE),
    ],
)  # fmt: skip
def test_a_jump_goes_on_at_its_label(lines: tuple[str, ...], expected: Guarding, tmp_path: Path) -> None:
    """Not at the next statement; one that never ends is undecided."""
    assert guard_of(tmp_path, *lines) is expected


CHECKED = ("if !ok {", "REFUSE", "return", "}", PASS)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("ok := false", "for one := range peers(r) {", 'ok = one.Subject.CommonName != ""', "}", *CHECKED), SURE),
        (("ok := true", "for one := range peers(r) {", 'ok = one.Subject.CommonName != ""', "}", *CHECKED), NONE),
        (("for range peers(r) {", PASS, "return", "}", "REFUSE"), SURE),
        (("for range peers(r) {", PASS, "return", "}", PASS), NONE),
        (("ok := true", "for i := range numbered {", "ok = i > 0", "}", "ok = ok && !none", *CHECKED), SURE),
        (("ok := true", "for i := range numbered {", "ok = i > 0", "}", *CHECKED), NONE),
        (("ok := !none", "for i := range numbered {", "if i == 0 {", "break", "}", "ok = true", "}", *CHECKED), SURE),
        (("ok := !none", "for i := range numbered {", "if i == 0 {", "continue", "}", "ok = true", "}",
          *CHECKED), NONE),
        (("for range numbered {", "if none {", "REFUSE", "return", "}", "}", PASS), SURE),
        (("each := numbered", 'if r.Host == "" {', "each = nil", "}", "for range each {", "none = false", "}",
          "ok := !none", *CHECKED), UNSURE),
    ],
)  # fmt: skip
def test_a_loop_over_an_iterator_runs_what_that_yields(
    lines: tuple[str, ...], expected: Guarding, tmp_path: Path
) -> None:
    """Without a certificate, it has no round if the iterator calls its function for no one."""
    assert guard_of(tmp_path, *lines) is expected
