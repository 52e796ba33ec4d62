// Package bypath has a guard that decides by path and method.
package bypath

import (
	"net/http"
	"strings"

	"example.com/corpus/answer"
)

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" || strings.HasPrefix(r.URL.Path, "/public/") || r.Method == http.MethodPatch {
			next.ServeHTTP(w, r)
			return
		}
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func health(w http.ResponseWriter, r *http.Request) { answer.With(w, "health") }
func public(w http.ResponseWriter, r *http.Request) { answer.With(w, "public") }
func items(w http.ResponseWriter, r *http.Request)  { answer.With(w, "items") }
func item(w http.ResponseWriter, r *http.Request)   { answer.With(w, "item") }
func change(w http.ResponseWriter, r *http.Request) { answer.With(w, "change") }
func home(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	answer.With(w, "home")
}

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", health)
	mux.HandleFunc("/public/{name}", public)
	mux.HandleFunc("GET /items", items)
	mux.HandleFunc("GET /items/{id}", item)
	mux.HandleFunc("PATCH /items/{id}", change)
	mux.HandleFunc("/", home)
	return guarded(mux)
}
