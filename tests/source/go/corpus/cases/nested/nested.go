// Package nested has routers within routers.
package nested

import (
	"net/http"
	"time"

	"example.com/corpus/answer"
)

const prefix = "/api" + "/v1"

func list(w http.ResponseWriter, r *http.Request)   { answer.With(w, "list") }
func get(w http.ResponseWriter, r *http.Request)    { answer.With(w, "get") }
func full(w http.ResponseWriter, r *http.Request)   { answer.With(w, "full") }
func lost(w http.ResponseWriter, r *http.Request)   { answer.With(w, "lost") }
func health(w http.ResponseWriter, r *http.Request) { answer.With(w, "health") }

// Handler returns the router.
func Handler() http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("GET /items", list)
	api.HandleFunc("GET /items/{id}", get)
	whole := http.NewServeMux()
	whole.HandleFunc("/whole/items", full)
	whole.HandleFunc("/items", lost)
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", http.StripPrefix(prefix, api))
	mux.Handle("/whole/", whole)
	mux.Handle("GET /health", http.TimeoutHandler(http.HandlerFunc(health), time.Second, "late"))
	return mux
}
