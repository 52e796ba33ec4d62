// Package groups has groups of chi with middleware.
package groups

import (
	"net/http"

	"example.com/corpus/answer"
	"github.com/go-chi/chi/v5"
)

func certificate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
}

func open(w http.ResponseWriter, r *http.Request)   { answer.With(w, "open") }
func closed(w http.ResponseWriter, r *http.Request) { answer.With(w, "closed") }
func single(w http.ResponseWriter, r *http.Request) { answer.With(w, "single") }
func inner(w http.ResponseWriter, r *http.Request)  { answer.With(w, "inner") }
func after(w http.ResponseWriter, r *http.Request)  { answer.With(w, "after") }
func below(w http.ResponseWriter, r *http.Request)  { answer.With(w, "below") }

type routes struct{ router chi.Router }

func (s *routes) private(r chi.Router) {
	r.Use(certificate)
	r.Get("/closed", closed)
	r.Group(func(r chi.Router) {
		r.Use(traced)
		r.Get("/inner", inner)
	})
}

// Handler returns the router.
func Handler() http.Handler {
	s := &routes{chi.NewRouter()}
	s.router.Use(traced)
	s.router.Get("/open", open)
	s.router.Group(s.private)
	s.router.With(certificate).Post("/single", single)
	s.router.Get("/after", after)
	s.router.Route("/below", func(r chi.Router) {
		r.With(traced, certificate).Get("/", below)
		r.Get("/open", open)
	})
	s.router.Method("GET", "/chained", chi.Chain(traced, certificate).HandlerFunc(closed))
	return s.router
}
