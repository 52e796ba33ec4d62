"""Paths that reach a route in another spelling, which a guard by the path does not know."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import CHECK, program, reading

GUARD = """
func byPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if CONDITION {
			certificate(next).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
"""
CHI = "github.com/go-chi/chi/v5 github.com/go-chi/chi/v5/middleware strings"
EQUAL = 'r.URL.Path == "/items"'
BELOW = 'strings.HasPrefix(r.URL.Path, "/items")'
NOT_HEALTH = 'r.URL.Path != "/health"'
NOT_PUBLIC = '!strings.HasPrefix(r.URL.Path, "/public/")'


@pytest.mark.parametrize(
    ("layer", "condition", "expected"),
    [
        ("StripSlashes", EQUAL, Guarding.NONE),
        ("StripSlashes", BELOW, Guarding.CERTIFICATE),
        ("StripSlashes", NOT_HEALTH, Guarding.CERTIFICATE),
        ("StripSlashes", NOT_PUBLIC, Guarding.CERTIFICATE),
        ("CleanPath", EQUAL, Guarding.NONE),
        ("CleanPath", BELOW, Guarding.NONE),
        ("CleanPath", NOT_HEALTH, Guarding.CERTIFICATE),
        ("CleanPath", NOT_PUBLIC, Guarding.NONE),
        ("URLFormat", EQUAL, Guarding.NONE),
        ("URLFormat", BELOW, Guarding.CERTIFICATE),
        ("RedirectSlashes", EQUAL, Guarding.CERTIFICATE),
        ("GetHead", EQUAL, Guarding.CERTIFICATE),
        ("RequestID", EQUAL, Guarding.CERTIFICATE),
    ],
)
def test_a_guard_by_path_sees_the_path_as_it_was_sent(
    layer: str, condition: str, expected: Guarding, tmp_path: Path
) -> None:
    """Middleware of chi selects the route by another one."""
    body = f'\tmux := chi.NewRouter()\n\tmux.Use(middleware.{layer}, byPath)\n\tmux.Get("/items", list)\n'
    more = CHECK + GUARD.replace("CONDITION", condition)
    [route] = reading(tmp_path, program(body, more, imports=CHI)).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ("middleware.StripSlashes(byPath(router))", {Guarding.CERTIFICATE}),
        ("byPath(middleware.StripSlashes(router))", {Guarding.CERTIFICATE, Guarding.NONE}),
    ],
)
def test_middleware_in_front_of_the_router_changes_the_path_for_what_is_behind_it(
    served: str, expected: set[Guarding], tmp_path: Path
) -> None:
    """There is no router yet whose path it could change alone."""
    body = f'\trouter := chi.NewRouter()\n\trouter.Get("/items", list)\n\tmux := {served}\n'
    more = CHECK + GUARD.replace("CONDITION", EQUAL)
    ways = reading(tmp_path, program(body, more, imports=CHI)).view.routes
    assert {route.guard for route in ways} == expected


GIN = """
func byPath(c *gin.Context) {
	if CONDITION && len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(401)
	}
}
"""


@pytest.mark.parametrize(
    ("setting", "condition", "expected"),
    [
        ("RemoveExtraSlash = true", 'c.Request.URL.Path == "/items"', Guarding.NONE),
        ("RemoveExtraSlash = true", 'c.Request.URL.Path != "/health"', Guarding.CERTIFICATE),
        ("RemoveExtraSlash = true", 'c.FullPath() == "/items"', Guarding.CERTIFICATE),
        ("RemoveExtraSlash = false", 'c.Request.URL.Path == "/items"', Guarding.CERTIFICATE),
        ("RedirectTrailingSlash = true", 'c.Request.URL.Path == "/items"', Guarding.CERTIFICATE),
        ("UseRawPath = true", 'c.Request.URL.Path == "/items"', Guarding.CERTIFICATE),
    ],
)
def test_an_engine_that_removes_slashes_selects_routes_by_another_path(
    setting: str, condition: str, expected: Guarding, tmp_path: Path
) -> None:
    """Redirects lead to the path of the route."""
    body = (
        f"\tmux := gin.New()\n\tmux.{setting}\n\tmux.Use(byPath)\n"
        '\tmux.GET("/items", func(c *gin.Context) { c.Status(204) })\n'
    )
    more = GIN.replace("CONDITION", condition)
    [route] = reading(tmp_path, program(body, more, imports="github.com/gin-gonic/gin")).view.routes
    assert route.guard is expected
