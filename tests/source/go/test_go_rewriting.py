"""Middleware that changes the path by which a router selects a route, in front of it and of guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import CHECK, program, reading

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = """
func exempt(next http.Handler) http.Handler {
	guarded := certificate(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			BEFORE
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

func trimmed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/api")
		next.ServeHTTP(w, r)
	})
}

func copied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		other := r.Clone(r.Context())
		other.URL.Path = strings.TrimPrefix(r.URL.Path, "/health")
		next.ServeHTTP(w, other)
	})
}

func health(w http.ResponseWriter, r *http.Request) {}
"""
ROUTES = """
	router := http.NewServeMux()
	router.Handle("GET /items", ITEMS)
	router.HandleFunc("GET /health", health)
	mux := SERVED
"""


WEAKEST = (Guarding.NONE, Guarding.UNKNOWN, Guarding.CERTIFICATE)


def guards(
    folder: Path, served: str, *, before: str = "", items: str = "http.HandlerFunc(list)"
) -> dict[str, Guarding]:
    """Return the weakest guard of each path: a handler may be reached in several ways."""
    body = ROUTES.replace("SERVED", served).replace("ITEMS", items)
    found = reading(folder, program(body, CHECK + LAYERS.replace("BEFORE", before), imports="strings"))
    routes = sorted(found.view.routes, key=lambda route: WEAKEST.index(route.guard), reverse=True)
    return {route.path: route.guard for route in routes}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", Guarding.CERTIFICATE),
        ('w.Header().Set("X-Open", r.URL.Path)', Guarding.CERTIFICATE),
        ('r.URL.Path = "/healthz"', Guarding.UNKNOWN),
        ('r.URL.Path = "/items"', Guarding.NONE),
        ('if p := r.Header.Get("X-Original-URL"); p != "" { r.URL.Path = p }', Guarding.NONE),
        ('if p := r.URL.Query().Get("as"); p != "" { r.URL.Path = p }', Guarding.UNKNOWN),
    ],
    ids=["no change", "only read", "another path", "a guarded path", "of a header", "of the query"],
)
def test_a_guard_made_outside_of_the_returned_function_counts(
    tmp_path: Path, before: str, expected: Guarding
) -> None:
    """An exempt path may become that of a guarded route."""
    found = guards(tmp_path, "exempt(router)", before=before)
    assert found == {"/items": expected, "/health": found["/health"]}
    assert found["/health"] is not Guarding.CERTIFICATE


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ("trimmed(exempt(router))", Guarding.CERTIFICATE),
        ("trimmed(certificate(router))", Guarding.CERTIFICATE),
        ("certificate(trimmed(router))", Guarding.CERTIFICATE),
        ("trimmed(router)", Guarding.NONE),
        ("exempt(trimmed(router))", Guarding.UNKNOWN),
        ("exempt(copied(router))", Guarding.UNKNOWN),
    ],
    ids=["before", "before all", "behind all", "no guard", "behind", "a copy"],
)
def test_a_guard_by_path_sees_the_path_of_the_route_only_behind_what_changes_it(
    tmp_path: Path, served: str, expected: Guarding
) -> None:
    """The router compares the changed path."""
    assert guards(tmp_path, served)["/items"] is expected


def test_a_guard_behind_the_router_counts_whatever_changes_the_path(tmp_path: Path) -> None:
    """Each route has its own."""
    own = "certificate(http.HandlerFunc(list))"
    assert guards(tmp_path, "trimmed(router)", items=own)["/items"] is Guarding.CERTIFICATE
