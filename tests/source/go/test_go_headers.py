"""Headers by which a service tells its own middleware who the caller is."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import program, reading

NAMED = """
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		FIRST
		if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
			r.Header.Set("X-Caller", r.TLS.VerifiedChains[0][0].Subject.CommonName)
		}
		LAST
		next.ServeHTTP(w, r)
	})
}

func required(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if CONDITION {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""
EMPTY = 'r.Header.Get("X-Caller") == ""'
REMOVED = 'r.Header.Del("X-Caller")'


@pytest.mark.parametrize(
    ("first", "last", "condition", "expected"),
    [
        (REMOVED, "", EMPTY, Guarding.IDENTITY),
        (REMOVED, "", 'len(r.Header.Values("x-caller")) == 0', Guarding.IDENTITY),
        (REMOVED, "", 'len(r.Header["X-Caller"]) == 0', Guarding.IDENTITY),
        ('r.Header.Set("x-caller", "")', "", EMPTY, Guarding.IDENTITY),
        ('delete(r.Header, "X-Caller")', "", EMPTY, Guarding.IDENTITY),
        ('r.Header["X-Caller"] = nil', "", EMPTY, Guarding.IDENTITY),
        ("r = r.Clone(r.Context())\n\t\t" + REMOVED, "", EMPTY, Guarding.IDENTITY),
        ("", "", EMPTY, Guarding.TOKEN),
        ('r.Header.Del("X-User")', "", EMPTY, Guarding.TOKEN),
        ('delete(r.Header, "x-caller")', "", EMPTY, Guarding.TOKEN),
        ('r.Clone(r.Context()).Header.Del("X-Caller")', "", EMPTY, Guarding.TOKEN),
        (REMOVED, 'r.Header.Set("X-Caller", "guest")', EMPTY, Guarding.NONE),
        (REMOVED, 'r.Header["X-Caller"] = []string{"guest"}', EMPTY, Guarding.NONE),
        (REMOVED, 'r.Header["X-Caller"] = r.Header["X-User"]', EMPTY, Guarding.TOKEN),
        (REMOVED, 'r.Header.Set("X-Caller", r.Header.Get("X-User"))', EMPTY, Guarding.TOKEN),
        (REMOVED, "maps.Copy(r.Header, sent)", EMPTY, Guarding.TOKEN),
        (REMOVED, "enrich.Request(r)", EMPTY, Guarding.UNKNOWN),
        ('if r.Method == "POST" {\n\t\t\tr.Header.Del("X-Caller")\n\t\t}', "", EMPTY, Guarding.IDENTITY),
        ('if r.Host == "shop" {\n\t\t\tr.Header.Del("X-Caller")\n\t\t}', "", EMPTY, Guarding.TOKEN),
    ],
)
def test_a_header_that_only_callers_with_a_certificate_have_is_an_identity(
    first: str, last: str, condition: str, expected: Guarding, tmp_path: Path
) -> None:
    """Middleware removes that of the client, under its canonical name."""
    body = (
        '\tmux := http.NewServeMux()\n\tmux.Handle("POST /items", named(required(http.HandlerFunc(list))))\n'
    )
    more = NAMED.replace("FIRST", first).replace("LAST", last).replace("CONDITION", condition)
    more += "\nvar sent http.Header\n"
    [route] = reading(tmp_path, program(body, more, imports="maps example.org/enrich")).view.routes
    assert route.guard is expected
