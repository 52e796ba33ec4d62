// Package chiguards has faults in routers of chi.
package chiguards

import (
	"net/http"

	"example.com/corpus/answer"
	"github.com/go-chi/chi/v5"
)

func logs(next http.Handler) http.Handler {
	fn := func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusUnauthorized)
		}
		next.ServeHTTP(w, r)
	}
	return http.HandlerFunc(fn)
}

func certificate(roles ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		fn := func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			for _, role := range roles {
				if r.TLS.PeerCertificates[0].Subject.CommonName == role {
					w.WriteHeader(http.StatusForbidden)
					return
				}
			}
			next.ServeHTTP(w, r)
		}
		return http.HandlerFunc(fn)
	}
}

func a(w http.ResponseWriter, r *http.Request) { answer.With(w, "a") }
func b(w http.ResponseWriter, r *http.Request) { answer.With(w, "b") }
func c(w http.ResponseWriter, r *http.Request) { answer.With(w, "c") }

// Handler returns the router.
func Handler() http.Handler {
	r := chi.NewRouter()
	r.With(logs).Get("/a", a)
	r.Route("/admin", func(r chi.Router) {
		r.Use(certificate("other"))
		r.Get("/b", b)
	})
	admin := chi.NewRouter()
	admin.Get("/c", c)
	r.Mount("/late", admin)
	return r
}
