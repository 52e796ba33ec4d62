// Package patterns has patterns of ServeMux.
package patterns

import (
	"net/http"

	"example.com/corpus/answer"
)

func list(w http.ResponseWriter, r *http.Request)   { answer.With(w, "list") }
func create(w http.ResponseWriter, r *http.Request) { answer.With(w, "create") }
func get(w http.ResponseWriter, r *http.Request)    { answer.With(w, "get") }
func files(w http.ResponseWriter, r *http.Request)  { answer.With(w, "files") }
func tree(w http.ResponseWriter, r *http.Request)   { answer.With(w, "tree") }
func exact(w http.ResponseWriter, r *http.Request)  { answer.With(w, "exact") }
func root(w http.ResponseWriter, r *http.Request)   { answer.With(w, "root") }
func any(w http.ResponseWriter, r *http.Request)    { answer.With(w, "any") }

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", list)
	mux.HandleFunc("POST /items", create)
	mux.HandleFunc("GET /items/{id}", get)
	mux.Handle("/files/{path...}", http.HandlerFunc(files))
	mux.HandleFunc("/tree/", tree)
	mux.HandleFunc("/exact/{$}", exact)
	mux.HandleFunc("/{$}", root)
	mux.HandleFunc("/any", any)
	return mux
}
