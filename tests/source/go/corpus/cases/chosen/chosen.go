// Package chosen has a guard that is made once, and a handler that chooses between what is in it and what is not.
package chosen

import (
	"net/http"
	"strings"

	"example.com/corpus/answer"
)

func required(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func guarded(next http.Handler) http.Handler {
	inner := required(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/health", "/livez":
			next.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/public") {
			next.ServeHTTP(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func health(w http.ResponseWriter, r *http.Request)  { answer.With(w, "health") }
func items(w http.ResponseWriter, r *http.Request)   { answer.With(w, "items") }
func item(w http.ResponseWriter, r *http.Request)    { answer.With(w, "item") }
func publish(w http.ResponseWriter, r *http.Request) { answer.With(w, "publish") }

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", health)
	mux.HandleFunc("GET /items", items)
	mux.HandleFunc("DELETE /items/{id}", item)
	mux.HandleFunc("POST /publications", publish)
	return guarded(mux)
}
