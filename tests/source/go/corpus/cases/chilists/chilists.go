// Package chilists adds middleware to routers of chi from lists.
package chilists

import (
	"net/http"

	"example.com/corpus/answer"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
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

func listed(w http.ResponseWriter, r *http.Request)   { answer.With(w, "listed") }
func appended(w http.ResponseWriter, r *http.Request) { answer.With(w, "appended") }
func lost(w http.ResponseWriter, r *http.Request)     { answer.With(w, "lost") }
func around(w http.ResponseWriter, r *http.Request)   { answer.With(w, "around") }
func bare(w http.ResponseWriter, r *http.Request)     { answer.With(w, "bare") }

// Handler returns the router.
func Handler() http.Handler {
	all := chi.Middlewares{middleware.NoCache, required}
	none := all[:1]
	var more chi.Middlewares
	more = append(more, middleware.NoCache)
	more = append(more, required)
	r := chi.NewRouter()
	r.Group(func(r chi.Router) {
		r.Use(all...)
		r.Get("/listed", listed)
	})
	r.With(more...).Get("/appended", appended)
	r.With(none...).Get("/lost", lost)
	r.Method(http.MethodGet, "/around", all.HandlerFunc(around))
	r.Method(http.MethodGet, "/bare", chi.Middlewares{middleware.NoCache}.Handler(http.HandlerFunc(bare)))
	return r
}
