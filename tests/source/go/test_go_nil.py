"""Interfaces that hold the ``nil`` of a type, which are not ``nil``: a guard that compares them passes all requests."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import program, reading

GUARD = """
type key struct{}

type Caller interface{ Name() string }

type Principal struct{ name string }

func (p *Principal) Name() string { return p.name }

func (p *Principal) IsKnown() bool { return p != nil }

type MissingError struct{}

func (m *MissingError) Error() string { return "no certificate" }

type chain struct{ caller Caller }

func of(r *http.Request) *Principal {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return &Principal{"shop"}
}

func names(r *http.Request) []string {
	var found []string
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		found = append(found, r.TLS.VerifiedChains[0][0].Subject.CommonName)
	}
	return found
}

func callerOf(r *http.Request) Caller { return of(r) }

func checkedOf(r *http.Request) Caller {
	if found := of(r); found != nil {
		return found
	}
	return nil
}

func missing(r *http.Request) error {
	var found *MissingError
	if of(r) == nil {
		found = &MissingError{}
	}
	return found
}

func allowed(r *http.Request) error {
	var found *MissingError
	if of(r) != nil {
		found = &MissingError{}
	}
	return found
}

func forgotten(r *http.Request) Caller {
	found := &Principal{"shop"}
	if of(r) == nil {
		found = nil
	}
	return found
}

func isNone(given any) bool { return given == nil }

func refused(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		LINE
		if CONDITION {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""
STORED = "ctx := context.WithValue(r.Context(), key{}, of(r))"


@pytest.mark.parametrize(
    ("line", "condition", "expected"),
    [
        (STORED, "ctx.Value(key{}) == nil", Guarding.NONE),
        (STORED, "ctx.Value(key{}).(*Principal) == nil", Guarding.CERTIFICATE),
        (STORED + "\n\t\tp, _ := ctx.Value(key{}).(*Principal)", "p == nil", Guarding.CERTIFICATE),
        (
            STORED + "\n\t\tp, ok := ctx.Value(key{}).(*Principal)",
            "!ok || !p.IsKnown()",
            Guarding.CERTIFICATE,
        ),
        (STORED + "\n\t\t_, ok := ctx.Value(key{}).(*Principal)", "!ok", Guarding.NONE),
        ("ctx := context.WithValue(r.Context(), key{}, names(r))", "ctx.Value(key{}) == nil", Guarding.NONE),
        ("caller := callerOf(r)", "caller == nil", Guarding.NONE),
        ("caller := checkedOf(r)", "caller == nil", Guarding.CERTIFICATE),
        ("caller := forgotten(r)", "caller == nil", Guarding.NONE),
        ("var caller Caller = of(r)", "caller == nil", Guarding.NONE),
        ("var caller Caller\n\t\tcaller = of(r)", "caller == nil", Guarding.NONE),
        ("caller := of(r)", "caller == nil", Guarding.CERTIFICATE),
        ("caller := Caller(of(r))", "caller == nil", Guarding.NONE),
        ("held := chain{caller: of(r)}", "held.caller == nil", Guarding.NONE),
        ("held := chain{}\n\t\theld.caller = of(r)", "held.caller == nil", Guarding.NONE),
        ("held := chain{caller: checkedOf(r)}", "held.caller == nil", Guarding.CERTIFICATE),
        ('held := map[string]any{}\n\t\theld["a"] = of(r)', 'held["a"] == nil', Guarding.NONE),
        ('held := map[string]any{"a": of(r)}', 'held["a"] == nil', Guarding.NONE),
        ('held := map[string]*Principal{"a": of(r)}', 'held["a"] == nil', Guarding.CERTIFICATE),
        ("held := of(r)", "isNone(held)", Guarding.NONE),
        ("held := checkedOf(r)", "isNone(held)", Guarding.CERTIFICATE),
        ("err := allowed(r)", "err == nil", Guarding.NONE),
        ("err := missing(r)", "err != nil", Guarding.CERTIFICATE),
        ("var none *Principal\n\t\t" + STORED, "ctx.Value(key{}) == Caller(none)", Guarding.UNKNOWN),
    ],
)
def test_an_interface_with_the_nil_of_a_type_is_not_nil(
    line: str, condition: str, expected: Guarding, tmp_path: Path
) -> None:
    """An assertion to its type returns the ``nil`` again."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", refused(http.HandlerFunc(list)))\n'
    guard = GUARD.replace("LINE", line).replace("CONDITION", condition)
    [route] = reading(tmp_path, program(body, guard, imports="context")).view.routes
    assert route.guard is expected


GIN = """
type Principal struct{ name string }

func of(r *http.Request) *Principal {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return &Principal{"shop"}
}

func identified(c *gin.Context) { c.Set("caller", of(c.Request)) }

func required(c *gin.Context) {
	LINE
	if CONDITION {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
}
"""


@pytest.mark.parametrize(
    ("line", "condition", "expected"),
    [
        ('found, ok := c.Get("caller")', "!ok || found == nil", Guarding.NONE),
        ('found, _ := c.Get("caller")\n\tp, _ := found.(*Principal)', "p == nil", Guarding.IDENTITY),
        ('found := c.MustGet("caller").(*Principal)', "found == nil", Guarding.IDENTITY),
        ("", 'c.Value("caller") == nil', Guarding.NONE),
    ],
)
def test_a_value_in_the_context_of_gin_with_the_nil_of_a_type_is_not_nil(
    line: str, condition: str, expected: Guarding, tmp_path: Path
) -> None:
    """It is there, too."""
    body = (
        "\tmux := gin.New()\n\tmux.Use(identified, required)\n"
        '\tmux.GET("/items", func(c *gin.Context) { c.Status(200) })\n'
    )
    guard = GIN.replace("LINE", line).replace("CONDITION", condition)
    [route] = reading(tmp_path, program(body, guard, imports="github.com/gin-gonic/gin")).view.routes
    assert route.guard is expected
