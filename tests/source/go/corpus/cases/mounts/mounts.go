// Package mounts has routers of chi.
package mounts

import (
	"net/http"

	"example.com/corpus/answer"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func list(w http.ResponseWriter, r *http.Request)     { answer.With(w, "list") }
func get(w http.ResponseWriter, r *http.Request)      { answer.With(w, "get") }
func numbered(w http.ResponseWriter, r *http.Request) { answer.With(w, "numbered") }
func files(w http.ResponseWriter, r *http.Request)    { answer.With(w, "files") }
func metrics(w http.ResponseWriter, r *http.Request)  { answer.With(w, "metrics") }
func deep(w http.ResponseWriter, r *http.Request)     { answer.With(w, "deep") }
func plain(w http.ResponseWriter, r *http.Request)    { answer.With(w, "plain") }
func every(w http.ResponseWriter, r *http.Request)    { answer.With(w, "every") }
func put(w http.ResponseWriter, r *http.Request)      { answer.With(w, "put") }
func missing(w http.ResponseWriter, r *http.Request)  { answer.With(w, "missing") }

func admin() chi.Router {
	r := chi.NewRouter()
	r.Get("/", list)
	r.Route("/deep", func(r chi.Router) {
		r.Get("/{id}", deep)
	})
	return r
}

// Handler returns the router.
func Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Get("/items", list)
	r.Route("/items/{id}", func(r chi.Router) {
		r.Get("/", get)
		r.MethodFunc("PUT", "/part", put)
	})
	r.Get("/numbers/{n:[0-9]+}", numbered)
	r.Handle("/files/*", http.HandlerFunc(files))
	r.HandleFunc("/every", every)
	r.Mount("/admin", admin())
	mux := http.NewServeMux()
	mux.HandleFunc("/mux/plain", plain)
	r.Mount("/mux", mux)
	r.Mount("/metrics", http.HandlerFunc(metrics))
	r.NotFound(missing)
	return r
}
