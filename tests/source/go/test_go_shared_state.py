"""Variables of Go programs that are there for more than one request: others write to them at the same time."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import program, reading

SURE, UNSURE = Guarding.CERTIFICATE, Guarding.UNKNOWN
GATE = """
type gate struct {
	sync.Once
	next  http.Handler
	deny  bool
	count int
}

var denied bool
var first sync.Once
var allowed = sync.OnceValue(func() map[string]bool { return map[string]bool{"alice": true} })
var open = sync.OnceValue(func() map[string]bool { return map[string]bool{"": true} })
var recent []bool
var seen = map[string]bool{}

func cached(name string) bool {
	if known, found := seen[name]; found {
		return known
	}
	seen[name] = name != ""
	return seen[name]
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	deny, name := len(r.TLS.PeerCertificates) == 0, ""
	for _, one := range r.TLS.PeerCertificates {
		name = one.Subject.CommonName
	}
	LINE
	if deny {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	g.next.ServeHTTP(w, r)
}

func shared(next http.Handler) http.Handler {
	var captured bool
	var once sync.Once
	one := &gate{next: next}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		none := len(r.TLS.PeerCertificates) == 0
		deny := false
		OUTER
		if deny {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		one.ServeHTTP(w, r)
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""
"""A guard, and variables that are there for all requests."""


def guard_of(folder: Path, line: str, outer: str = "_, _, _ = none, captured, &once") -> Guarding:
    """Return what is found to protect a route behind the guard with these lines."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", shared(http.HandlerFunc(list)))\n'
    code = program(body, GATE.replace("LINE", line).replace("OUTER", outer), imports="sync")
    [route] = reading(folder, code).view.routes
    return route.guard


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("g.deny = deny\n\tdeny = g.deny", UNSURE),
        ("denied = deny\n\tdeny = denied", UNSURE),
        ("denied = !denied", SURE),
        ("g.count++", SURE),
        ("g.count++\n\tdeny = deny && g.count < 9", UNSURE),
        ("own := gate{}\n\town.deny = deny\n\tdeny = own.deny", SURE),
        ("own := *g\n\town.deny = deny\n\tdeny = own.deny", SURE),
        ("deny = !cached(name)", UNSURE),
        ("recent = append(recent[:0], deny)\n\tdeny = recent[0]", UNSURE),
    ],
)
def test_what_other_requests_write_is_seen_by_each(line: str, expected: Guarding, tmp_path: Path) -> None:
    """Between the write of a request and its read, another one may write; a variable of the request is its own."""
    assert guard_of(tmp_path, line) is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("first.Do(func() { denied = deny })\n\tdeny = denied", UNSURE),
        ("g.Do(func() { g.deny = deny })\n\tdeny = g.deny", UNSURE),
        ("first.Do(func() { denied = true })\n\tdeny = denied && deny", SURE),
        ("first.Do(func() { log.Println(deny) })", SURE),
        ("first.Do(func() { deny = false })", UNSURE),
        ('var own sync.Once\n\town.Do(func() { deny = name == "" })', SURE),
        ("deny = !allowed()[name]", SURE),
        ("deny = !open()[name]", Guarding.NONE),
    ],
)
def test_what_runs_once_runs_in_any_request(line: str, expected: Guarding, tmp_path: Path) -> None:
    """The first caller decides for all; what does not depend on the request is the same for all."""
    assert guard_of(tmp_path, line) is expected


@pytest.mark.parametrize(
    ("outer", "expected"),
    [
        ("once.Do(func() { captured = none })\n\t\tdeny = captured", UNSURE),
        ("captured = none\n\t\tdeny = captured", UNSURE),
        ("if !none {\n\t\t\tcaptured = true\n\t\t}\n\t\tdeny = !captured", UNSURE),
        ("captured := none\n\t\tdeny = captured\n\t\t_ = &once", SURE),
        ("deny = none\n\t\tcaptured = deny\n\t\t_ = &once", SURE),
    ],
)
def test_what_middleware_captures_is_there_for_all_requests(
    outer: str, expected: Guarding, tmp_path: Path
) -> None:
    """It is put around the next handler once."""
    assert guard_of(tmp_path, "deny = false", outer) is expected
