"""What answers requests that no route matches: handlers of guarded operations, data, or errors."""

from pathlib import Path

import pytest

from specdrift.errors import ExitStatus
from tests.source.go.go_modules import CHECK, program
from tests.source.go.test_go_document import drifts, result

SHOP = """
type Shop struct{ items map[string]string }

func (s *Shop) List(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(s.items) }

func (s *Shop) All(c *gin.Context) { c.JSON(200, s.items) }

func of(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(401)
	}
}
"""
CHI = """	s := &Shop{}
	mux := chi.NewRouter()
	mux.Get("/health", list)
	mux.Group(func(g chi.Router) {
		g.Use(certificate)
		g.Get("/items/{id}", s.List)
		g.Post("/admin", s.List)
	})
"""
GIN = """	s := &Shop{}
	mux := gin.New()
	mux.GET("/health", func(c *gin.Context) { c.Status(204) })
	g := mux.Group("/", of)
	g.GET("/items/:id", s.All)
	g.POST("/admin", s.All)
"""
MUX = """	s := &Shop{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", list)
	mux.Handle("GET /items/{id}", certificate(http.HandlerFunc(s.List)))
	mux.Handle("POST /admin", certificate(http.HandlerFunc(s.List)))
"""
UNSURE = (ExitStatus.INCOMPLETE, {("route-not-documented", "ANY /")})
EXPOSED = (ExitStatus.DRIFT, {("route-not-documented", "ANY /")})
NONE: tuple[int, set[tuple[str, str]]] = (ExitStatus.OK, set())
CALLS = "func(w http.ResponseWriter, r *http.Request) { s.List(w, r) }"
WITHIN = (
    "func(w http.ResponseWriter, r *http.Request) { certificate(http.HandlerFunc(s.List)).ServeHTTP(w, r) }"
)
DATA = "func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(s.items) }"
FIXED = 'func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("shop")) }'
ERROR = 'func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no "+r.URL.Path, 404) }'
MAPPED = (
    'func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(map[string]string{"a": "b"}) }'
)


@pytest.mark.parametrize(
    ("router", "line", "expected"),
    [
        (CHI, f"mux.NotFound({CALLS})", EXPOSED),
        (CHI, f"mux.MethodNotAllowed({CALLS})", EXPOSED),
        (CHI, "mux.NotFound(s.List)", EXPOSED),
        (CHI, f"mux.NotFound({DATA})", UNSURE),
        (CHI, f"mux.NotFound({WITHIN})", NONE),
        (CHI, f"mux.NotFound({FIXED})", NONE),
        (CHI, f"mux.NotFound({ERROR})", NONE),
        (CHI, f"mux.MethodNotAllowed({ERROR})", NONE),
        (GIN, "mux.NoRoute(func(c *gin.Context) { s.All(c) })", EXPOSED),
        (GIN, "mux.NoMethod(s.All)", EXPOSED),
        (GIN, "mux.NoRoute(of, s.All)", NONE),
        (GIN, 'mux.NoRoute(func(c *gin.Context) { c.JSON(404, gin.H{"path": c.Request.URL.Path}) })', NONE),
        (GIN, 'mux.NoRoute(func(c *gin.Context) { c.JSON(200, gin.H{"shop": "open"}) })', NONE),
        (MUX, f'mux.HandleFunc("/", {CALLS})', EXPOSED),
        (MUX, f'mux.HandleFunc("/", {DATA})', UNSURE),
        (MUX, f'mux.HandleFunc("/", {WITHIN})', NONE),
        (MUX, f'mux.HandleFunc("/", {FIXED})', NONE),
        (MUX, f'mux.HandleFunc("/", {MAPPED})', NONE),
        (MUX, 'mux.Handle("/", http.NotFoundHandler())', NONE),
        (MUX, f'mux.HandleFunc("/", {ERROR})', NONE),
    ],
)
def test_what_answers_the_rest_is_reported_as_a_route_if_it_may_give_data(
    router: str, line: str, expected: tuple[int, set[tuple[str, str]]], tmp_path: Path
) -> None:
    """A page that is the same for all clients, an error or a guard is no finding."""
    imports = {CHI: "github.com/go-chi/chi/v5", GIN: "github.com/gin-gonic/gin", MUX: ""}[router]
    code = program(f"{router}\t{line}\n", CHECK + SHOP, imports=f"encoding/json {imports}")
    status, found = result(tmp_path, code)
    assert (status, drifts(found)) == expected
    assert bool(found["undecided"]) is (expected is not NONE)
