// Package wrapped has writers and requests of its own around those of net/http.
package wrapped

import (
	"net/http"
	"sync"

	"example.com/corpus/answer"
)

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if err := recover(); err != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

func refusedByRecorder(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			http.Error(rec, "no", http.StatusForbidden)
			return
		}
		next.ServeHTTP(rec, r)
	})
}

func a(w http.ResponseWriter, r *http.Request) { answer.With(w, "a") }
func b(w http.ResponseWriter, r *http.Request) { answer.With(w, "b") }

var (
	once sync.Once
	mux  *http.ServeMux
)

func router() *http.ServeMux {
	once.Do(func() {
		mux = http.NewServeMux()
		mux.HandleFunc("/a", a)
		mux.Handle("/b", refusedByRecorder(http.HandlerFunc(b)))
	})
	return mux
}

// Handler returns the router.
func Handler() http.Handler { return recorded(router()) }
