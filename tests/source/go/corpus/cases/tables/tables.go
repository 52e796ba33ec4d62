// Package tables adds routes in loops.
package tables

import (
	"fmt"
	"net/http"

	"example.com/corpus/answer"
)

type route struct {
	method, path string
	handle       http.HandlerFunc
	private      bool
}

func list(w http.ResponseWriter, r *http.Request)  { answer.With(w, "list") }
func get(w http.ResponseWriter, r *http.Request)   { answer.With(w, "get") }
func admin(w http.ResponseWriter, r *http.Request) { answer.With(w, "admin") }
func alive(w http.ResponseWriter, r *http.Request) { answer.With(w, "alive") }
func ready(w http.ResponseWriter, r *http.Request) { answer.With(w, "ready") }

func onlyWithCertificate(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

func routes(base string) []route {
	found := []route{
		{http.MethodGet, base + "/items", list, false},
		{method: "GET", path: fmt.Sprintf("%s/items/{id}", base), handle: get},
	}
	return append(found, route{"POST", base + "/admin", admin, true})
}

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	for _, one := range routes("/v2") {
		handle := one.handle
		if one.private {
			handle = onlyWithCertificate(handle)
		}
		mux.HandleFunc(one.method+" "+one.path, handle)
	}
	for path, handle := range map[string]http.HandlerFunc{"/alive": alive, "/ready": ready} {
		mux.Handle(path, handle)
	}
	return mux
}
