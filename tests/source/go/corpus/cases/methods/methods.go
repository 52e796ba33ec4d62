// Package methods has routers in structs.
package methods

import (
	"net/http"

	"example.com/corpus/answer"
)

type store struct{}

type server struct {
	*http.ServeMux
	store  *store
	prefix string
}

type option func(*server)

func withPrefix(prefix string) option {
	return func(s *server) { s.prefix = prefix }
}

func (s *server) list(w http.ResponseWriter, r *http.Request) { answer.With(w, "list") }

func (s *server) get() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer.With(w, "get") }
}

type page struct{ name string }

func (p page) ServeHTTP(w http.ResponseWriter, r *http.Request) { answer.With(w, "ServeHTTP") }

type failing func(w http.ResponseWriter, r *http.Request) error

func (f failing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func careful(w http.ResponseWriter, r *http.Request) error {
	answer.With(w, "careful")
	return nil
}

func (s *server) routes() {
	s.HandleFunc("GET "+s.prefix+"/items", s.list)
	s.Handle("GET "+s.prefix+"/items/{id}", s.get())
	s.Handle(s.prefix+"/page", page{"page"})
	s.Handle(s.prefix+"/careful", failing(careful))
}

func newServer(options ...option) *server {
	s := &server{ServeMux: http.NewServeMux(), store: &store{}}
	for _, option := range options {
		option(s)
	}
	s.routes()
	return s
}

// Handler returns the router.
func Handler() http.Handler { return newServer(withPrefix("/shop")) }
