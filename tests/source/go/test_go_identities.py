"""Identities in the context of requests, which some requests have and others not."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import program, reading

IDENTITY = """
type key int

const callerKey key = iota

type Caller struct{ Name string }

func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := r.Header.Get("X-User"); name != "" {
			r = r.WithContext(context.WithValue(r.Context(), callerKey, &Caller{name}))
		} else if len(r.TLS.PeerCertificates) > 0 {
			r = r.WithContext(context.WithValue(r.Context(), callerKey, &Caller{"certificate"}))
		}
		next.ServeHTTP(w, r)
	})
}

func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if len(r.TLS.PeerCertificates) > 0 {
			ctx = context.WithValue(ctx, callerKey, &Caller{"certificate"})
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func from(ctx context.Context) *Caller {
	caller, _ := ctx.Value(callerKey).(*Caller)
	return caller
}

func required(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from(r.Context()) == nil {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func list(w http.ResponseWriter, r *http.Request) {}
"""


@pytest.mark.parametrize(
    ("layer", "expected"), [("identified", Guarding.IDENTITY), ("named", Guarding.UNKNOWN)]
)
def test_an_identity_of_a_header_is_none_of_a_certificate(
    layer: str, expected: Guarding, tmp_path: Path
) -> None:
    """Middleware may add the identity for some requests without a certificate."""
    body = (
        "\tmux := http.NewServeMux()\n"
        f'\tmux.Handle("GET /items", {layer}(required(http.HandlerFunc(list))))\n'
    )
    [route] = reading(tmp_path, program(body, IDENTITY, imports="context")).view.routes
    assert route.guard is expected


GIN = """
func identified(c *gin.Context) {
	if !EARLY {
		return
	}
	c.Set("caller", "certificate")
}

func required(c *gin.Context) {
	if _, ok := c.Get("caller"); !ok {
		c.AbortWithStatus(http.StatusForbidden)
	}
}

func list(c *gin.Context) {}
"""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(len(c.Request.TLS.PeerCertificates) > 0)", Guarding.IDENTITY),
        ('(c.GetHeader("X-User") != "")', Guarding.UNKNOWN),
    ],
)
def test_what_follows_an_early_return_is_not_the_case_for_all_requests(
    condition: str, expected: Guarding, tmp_path: Path
) -> None:
    """Both runs go on after the function."""
    body = '\tmux := gin.New()\n\tmux.GET("/items", identified, required, list)\n'
    code = program(body, GIN.replace("EARLY", condition), imports="github.com/gin-gonic/gin")
    [route] = reading(tmp_path, code).view.routes
    assert route.guard is expected


SKIPPING = """
func guard(paths ...string) gin.HandlerFunc {
	skipped := make(map[string]struct{}, len(paths))
	for _, one := range paths {
		skipped[one] = struct{}{}
	}
	return func(c *gin.Context) {
		if _, ok := skipped[PATH]; ok {
			return
		}
		if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
			c.AbortWithStatus(http.StatusUnauthorized)
		}
	}
}

func list(c *gin.Context) {}
"""


@pytest.mark.parametrize(
    ("path", "skipped", "last"),
    [
        ("c.FullPath()", '"/health", "/items/:id/open"', Guarding.NONE),
        ("c.FullPath()", '"/health"', Guarding.CERTIFICATE),
        ("c.Request.URL.Path", '"/health"', Guarding.CERTIFICATE),
    ],
)
def test_paths_that_a_guard_of_gin_skips_are_known(
    path: str, skipped: str, last: Guarding, tmp_path: Path
) -> None:
    """By the path of the route, or of the request; in lists of handlers as well."""
    body = (
        f"\tall := gin.HandlersChain{{guard({skipped}), list}}\n\tmux := gin.New()\n"
        '\tmux.GET("/health", all...)\n\tmux.GET("/items/:id", all...)\n\tmux.GET("/items/:id/open", all...)\n'
    )
    found = reading(
        tmp_path, program(body, SKIPPING.replace("PATH", path), imports="github.com/gin-gonic/gin")
    )
    guards = [route.guard for route in found.view.routes]
    assert guards == [Guarding.NONE, Guarding.CERTIFICATE, last]
