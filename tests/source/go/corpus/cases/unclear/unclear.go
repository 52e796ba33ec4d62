// Package unclear has guards that compare a list with nil, which may also be empty without a certificate.
package unclear

import (
	"net/http"

	"example.com/corpus/answer"
)

func emptyIsRefused(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.PeerCertificates != nil && len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func emptyIsEnough(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || r.TLS.PeerCertificates == nil {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func refused(w http.ResponseWriter, r *http.Request) { answer.With(w, "refused") }
func passed(w http.ResponseWriter, r *http.Request)  { answer.With(w, "passed") }

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/refused", emptyIsRefused(http.HandlerFunc(refused)))
	mux.Handle("/passed", emptyIsEnough(http.HandlerFunc(passed)))
	return mux
}
