// Command main serves the test API with net/http. Variants differ in tls.ClientAuthType and in what
// the application looks at.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
)

// guard decides whether the caller of a request may have a resource.
type guard func(*http.Request) bool

type variant struct {
	clientAuth    tls.ClientAuthType
	secure, items guard
}

var roots = x509.NewCertPool()

func open(*http.Request) bool { return true }

func present(r *http.Request) bool { return len(r.TLS.PeerCertificates) > 0 }

func verified(r *http.Request) bool { return len(r.TLS.VerifiedChains) > 0 }

// verifies checks the certificate in the application, as one does who asks for any certificate.
func verifies(r *http.Request) bool {
	if !present(r) {
		return false
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	intermediates := x509.NewCertPool()
	for _, certificate := range r.TLS.PeerCertificates[1:] {
		intermediates.AddCert(certificate)
	}
	options := x509.VerifyOptions{Roots: roots, Intermediates: intermediates, KeyUsages: usages}
	_, err := r.TLS.PeerCertificates[0].Verify(options)
	return err == nil
}

var variants = map[string]variant{
	"no-client-cert":            {tls.NoClientCert, open, open},
	"request":                   {tls.RequestClientCert, open, open},
	"request-presence":          {tls.RequestClientCert, present, present},
	"request-verified":          {tls.RequestClientCert, verifies, verifies},
	"require-any":               {tls.RequireAnyClientCert, open, open},
	"require-any-verified":      {tls.RequireAnyClientCert, verifies, verifies},
	"verify-if-given":           {tls.VerifyClientCertIfGiven, verified, verified},
	"verify-if-given-forgotten": {tls.VerifyClientCertIfGiven, verified, open},
	"require-and-verify":        {tls.RequireAndVerifyClientCert, open, open},
	"require-and-verify-all":    {tls.RequireAndVerifyClientCert, open, open},
}

var item = regexp.MustCompile(`^/items/([1-9][0-9]{0,8})$`)

func (v variant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowed, body := v.find(r)
	switch {
	case allowed == nil:
		reply(w, http.StatusNotFound, map[string]any{"error": "not found"})
	case !allowed(r):
		reply(w, http.StatusUnauthorized, map[string]any{"error": "client certificate required"})
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		reply(w, http.StatusMethodNotAllowed, map[string]any{"error": "no such method"})
	default:
		reply(w, http.StatusOK, body)
	}
}

func (v variant) find(r *http.Request) (guard, map[string]any) {
	if match := item.FindStringSubmatch(r.URL.Path); match != nil {
		id, _ := strconv.Atoi(match[1])
		return v.items, map[string]any{"id": id, "name": "item " + match[1]}
	}
	switch r.URL.Path {
	case "/public":
		return open, map[string]any{"service": "test"}
	case "/secure":
		return v.secure, map[string]any{"secret": "for known callers"}
	case "/optional":
		return open, map[string]any{"greeting": fmt.Sprintf("hello, caller (verified: %t)", verified(r))}
	}
	return nil, nil
}

func reply(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil && err != http.ErrBodyNotAllowed {
		log.Print(err)
	}
}

var versions = map[string][2]uint16{
	"1.2-1.3": {tls.VersionTLS12, tls.VersionTLS13},
	"1.2":     {tls.VersionTLS12, tls.VersionTLS12},
	"1.3":     {tls.VersionTLS13, tls.VersionTLS13},
}

func main() {
	protocol := flag.String("tls", "1.2-1.3", "TLS versions")
	certificate := flag.String("cert", "", "server certificate")
	key := flag.String("key", "", "server key")
	clientCA := flag.String("client-ca", "", "client CA")
	flag.String("crl", "", "ignored: crypto/tls reads no revocation lists")
	name := flag.String("variant", "", "one of the variants")
	flag.Parse()

	pem, err := os.ReadFile(*clientCA)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		log.Fatal("client CA: ", err)
	}
	chosen, known := variants[*name]
	if !known {
		log.Fatal("no such variant: ", *name)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{Handler: chosen, TLSConfig: &tls.Config{
		ClientAuth: chosen.clientAuth,
		ClientCAs:  roots,
		MinVersion: versions[*protocol][0],
		MaxVersion: versions[*protocol][1],
	}}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.ServeTLS(listener, *certificate, *key))
}
