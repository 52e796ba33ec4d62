"""What handlers and layers of Go programs answer beside a guard, or after a refusal."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import CHECK, program, reading

HANDLERS = """
func forgotten(w http.ResponseWriter, r *http.Request) {
	if len(r.TLS.PeerCertificates) == 0 {
		http.Error(w, "no", http.StatusUnauthorized)
	}
	w.Write([]byte("data"))
}

func refused(w http.ResponseWriter, r *http.Request) {
	if len(r.TLS.PeerCertificates) == 0 {
		w.WriteHeader(http.StatusUnauthorized)
		w.Write([]byte("no"))
		return
	}
	w.Write([]byte("data"))
}

func respond(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	w.Write([]byte(text))
}

func helped(w http.ResponseWriter, r *http.Request) {
	if len(r.TLS.PeerCertificates) == 0 {
		respond(w, http.StatusForbidden, "no")
		return
	}
	respond(w, http.StatusOK, "data")
}

func helpedTwice(w http.ResponseWriter, r *http.Request) {
	if len(r.TLS.PeerCertificates) == 0 {
		respond(w, http.StatusForbidden, "no")
	}
	respond(w, http.StatusOK, "data")
}
"""
LAYERS = """
func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cache-Control") == "" {
			w.Write([]byte("data"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func early(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("data"))
		next.ServeHTTP(w, r)
	})
}

func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Many") != "" {
			http.Error(w, "later", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func preflight(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Access-Control-Request-Method") != "" {
			w.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func packed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := gzip.NewWriter(w)
		defer out.Close()
		next.ServeHTTP(w, r)
	})
}

func rescued(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if found := recover(); found != nil {
				w.Write([]byte("data"))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if found := recover(); found != nil {
				w.WriteHeader(http.StatusInternalServerError)
				w.Write([]byte("failed"))
			}
		}()
		next.ServeHTTP(w, r)
	})
}
"""


def guard_of(folder: Path, body: str, more: str) -> Guarding:
    """Return the guard of the only route."""
    found = reading(
        folder, program(f"\tmux := http.NewServeMux()\n{body}", CHECK + more, imports="compress/gzip")
    )
    [route] = found.view.routes
    return route.guard


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("forgotten", Guarding.NONE),
        ("helpedTwice", Guarding.NONE),
        ("refused", Guarding.CERTIFICATE),
        ("helped", Guarding.CERTIFICATE),
    ],
)
def test_a_handler_that_goes_on_after_a_refusal_is_no_guard(
    handler: str, expected: Guarding, tmp_path: Path
) -> None:
    """The text of a refusal is written afterwards as well."""
    assert guard_of(tmp_path, f'\tmux.HandleFunc("GET /items", {handler})\n', HANDLERS) is expected


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("cached", Guarding.UNKNOWN),
        ("early", Guarding.NONE),
        ("rescued", Guarding.UNKNOWN),
        ("limited", Guarding.CERTIFICATE),
        ("preflight", Guarding.CERTIFICATE),
        ("packed", Guarding.CERTIFICATE),
        ("recovered", Guarding.CERTIFICATE),
    ],
)
def test_content_of_a_layer_in_front_of_the_guard_is_not_guarded(
    layer: str, expected: Guarding, tmp_path: Path
) -> None:
    """Refusals and answers without content are harmless."""
    body = f'\tmux.Handle("GET /items", {layer}(certificate(http.HandlerFunc(list))))\n'
    assert guard_of(tmp_path, body, LAYERS) is expected


def test_content_of_a_layer_behind_the_guard_is_guarded(tmp_path: Path) -> None:
    """It gets no request that the guard refuses."""
    body = '\tmux.Handle("GET /items", certificate(cached(http.HandlerFunc(list))))\n'
    assert guard_of(tmp_path, body, LAYERS) is Guarding.CERTIFICATE


GIN = """
func certificate(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(http.StatusUnauthorized)
	}
}

func list(c *gin.Context) { c.JSON(200, gin.H{"items": 1}) }

func caller(c *gin.Context) bool {
	if len(c.Request.TLS.PeerCertificates) > 0 {
		return true
	}
	c.JSON(http.StatusForbidden, gin.H{"error": "no"})
	return false
}

func forgotten(c *gin.Context) {
	caller(c)
	c.JSON(200, gin.H{"items": 1})
}

func checked(c *gin.Context) {
	if caller(c) {
		c.JSON(200, gin.H{"items": 1})
	}
}
"""


@pytest.mark.parametrize(
    ("handlers", "expected"),
    [
        ("certificate, list", Guarding.CERTIFICATE),
        ("list, certificate", Guarding.NONE),
        ("checked", Guarding.CERTIFICATE),
        ("forgotten", Guarding.NONE),
    ],
)
def test_handlers_of_gin_that_answer_before_the_guard_are_not_guarded(
    handlers: str, expected: Guarding, tmp_path: Path
) -> None:
    """Each handler of a route may write."""
    body = f'\tmux := gin.New()\n\tmux.GET("/items", {handlers})\n'
    found = reading(tmp_path, program(body, GIN, imports="github.com/gin-gonic/gin"))
    [route] = found.view.routes
    assert route.guard is expected
