// Package chinested has routers of chi in routers of net/http.
package chinested

import (
	"net/http"

	"example.com/corpus/answer"
	"github.com/go-chi/chi/v5"
)

func list(w http.ResponseWriter, r *http.Request)  { answer.With(w, "list") }
func whole(w http.ResponseWriter, r *http.Request) { answer.With(w, "whole") }
func lost(w http.ResponseWriter, r *http.Request)  { answer.With(w, "lost") }

// Handler returns the router.
func Handler() http.Handler {
	stripped := chi.NewRouter()
	stripped.Get("/items", list)
	full := chi.NewRouter()
	full.Get("/full/items", whole)
	full.Get("/items", lost)
	mux := http.NewServeMux()
	mux.Handle("/stripped/", http.StripPrefix("/stripped", stripped))
	mux.Handle("/full/", full)
	return mux
}
