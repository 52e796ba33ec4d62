// Package faults has middleware that seems to reject callers without a certificate.
package faults

import (
	"net/http"

	"example.com/corpus/answer"
)

func withoutReturn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
		}
		next.ServeHTTP(w, r)
	})
}

func onlyPlaintext(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func byHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Client-Cert") == "" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func a(w http.ResponseWriter, r *http.Request) { answer.With(w, "a") }
func b(w http.ResponseWriter, r *http.Request) { answer.With(w, "b") }
func c(w http.ResponseWriter, r *http.Request) { answer.With(w, "c") }

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/a", withoutReturn(http.HandlerFunc(a)))
	mux.Handle("/b", onlyPlaintext(http.HandlerFunc(b)))
	mux.Handle("/c", byHeader(http.HandlerFunc(c)))
	return mux
}
