package main

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"sync/atomic"
)

// dropIssuers is the path at which an operator has the trusted CAs removed. The document does not have it.
const dropIssuers = "/drop-issuers"

// dropping lists the variants whose trusted CAs can be removed, and whether that ends idle connections.
var dropping = map[string]bool{"drops-issuers": false, "drops-issuers-and-ends": true}

// dropOnRequest gives each handshake the CAs that are trusted now, as services do that watch a bundle.
func dropOnRequest(config *tls.Config, server *http.Server, certificate, key string, ends bool) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		log.Fatal(err)
	}
	config.Certificates = []tls.Certificate{pair}
	var trusted atomic.Pointer[x509.CertPool]
	trusted.Store(roots)
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		current := config.Clone()
		current.ClientCAs = trusted.Load()
		return current, nil
	}
	api := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != dropIssuers {
			api.ServeHTTP(w, r)
			return
		}
		trusted.Store(x509.NewCertPool())
		server.SetKeepAlivesEnabled(!ends)
		reply(w, http.StatusOK, map[string]any{"issuers": 0})
	})
}
