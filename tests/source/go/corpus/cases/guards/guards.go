// Package guards has middleware that rejects callers without a certificate.
package guards

import (
	"crypto/x509"
	"errors"
	"net/http"

	"example.com/corpus/answer"
)

var errNone = errors.New("no certificate")

func certificate(r *http.Request) (*x509.Certificate, error) {
	if r.TLS == nil {
		return nil, errNone
	}
	if len(r.TLS.VerifiedChains) == 0 {
		return nil, errNone
	}
	return r.TLS.VerifiedChains[0][0], nil
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }

func byHelper(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cert, err := certificate(r)
		if err != nil {
			refuse(w, http.StatusUnauthorized)
			return
		}
		if cert.Subject.CommonName == "" {
			refuse(w, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func bySwitch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.TLS == nil, len(r.TLS.PeerCertificates) == 0:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

type guard struct{ next http.Handler }

func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS != nil {
		for range r.TLS.PeerCertificates {
			g.next.ServeHTTP(w, r)
			return
		}
	}
	http.Error(w, "no", http.StatusForbidden)
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			w.Header().Set("X-Name", r.TLS.PeerCertificates[0].Subject.CommonName)
		}
		next.ServeHTTP(w, r)
	})
}

func chain(h http.Handler, middleware ...func(http.Handler) http.Handler) http.Handler {
	for i := len(middleware) - 1; i >= 0; i-- {
		h = middleware[i](h)
	}
	return h
}

func a(w http.ResponseWriter, r *http.Request) { answer.With(w, "a") }
func b(w http.ResponseWriter, r *http.Request) { answer.With(w, "b") }
func c(w http.ResponseWriter, r *http.Request) { answer.With(w, "c") }
func d(w http.ResponseWriter, r *http.Request) { answer.With(w, "d") }
func e(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil || r.TLS.VerifiedChains == nil {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	answer.With(w, "e")
}
func f(w http.ResponseWriter, r *http.Request) {
	name := r.TLS.PeerCertificates[0].Subject.CommonName
	_ = name
	answer.With(w, "f")
}

// Handler returns the router.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/a", byHelper(http.HandlerFunc(a)))
	mux.Handle("/b", bySwitch(http.HandlerFunc(b)))
	mux.Handle("/c", guard{http.HandlerFunc(c)})
	mux.Handle("/d", chain(http.HandlerFunc(d), logged, byHelper))
	mux.HandleFunc("/e", e)
	mux.HandleFunc("/f", f)
	return logged(mux)
}
