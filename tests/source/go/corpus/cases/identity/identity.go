// Package identity passes the caller's name on in the context.
package identity

import (
	"context"
	"net/http"

	"example.com/corpus/answer"
)

type key struct{}

type caller struct{ name string }

func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			name := r.TLS.PeerCertificates[0].Subject.CommonName
			r = r.WithContext(context.WithValue(r.Context(), key{}, &caller{name}))
		}
		next.ServeHTTP(w, r)
	})
}

func guess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), key{}, &caller{"guest"})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func from(ctx context.Context) (*caller, bool) {
	found, ok := ctx.Value(key{}).(*caller)
	return found, ok
}

func required(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := from(r.Context()); !ok {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

func private(w http.ResponseWriter, r *http.Request) { answer.With(w, "private") }
func open(w http.ResponseWriter, r *http.Request)    { answer.With(w, "open") }
func guessed(w http.ResponseWriter, r *http.Request) { answer.With(w, "guessed") }
func own(w http.ResponseWriter, r *http.Request) {
	found := r.Context().Value(key{})
	if found == nil {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	answer.With(w, "own")
}

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/private", required(private))
	mux.HandleFunc("/open", open)
	mux.HandleFunc("/own", own)
	mux.Handle("/guessed", guess(required(guessed)))
	return identify(mux)
}
