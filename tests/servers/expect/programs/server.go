// Command server answers /guarded, /late, /open and /eager with net/http, and logs when a handler starts and when the
// body is complete.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func caller(r *http.Request) string {
	if len(r.TLS.VerifiedChains) == 0 {
		return "anonymous"
	}
	return "valid"
}

func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, "{%q: %q}", "answer", text)
}

func refused(w http.ResponseWriter, r *http.Request) bool {
	if caller(r) == "anonymous" {
		reply(w, http.StatusForbidden, "certificate required")
		return true
	}
	return false
}

func read(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		fmt.Println("body", r.URL.Path, caller(r), len(body))
	}
	return err == nil
}

func handler(w http.ResponseWriter, r *http.Request) {
	fmt.Println("handler", r.URL.Path, caller(r))
	if r.URL.Path != "/eager" && !read(r) {
		return
	}
	if r.URL.Path == "/late" && refused(w, r) {
		return
	}
	reply(w, http.StatusCreated, "order created")
}

func main() {
	pem, err := os.ReadFile(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/late", "/open", "/eager"} {
		http.HandleFunc(path, handler)
	}
	http.HandleFunc("/guarded", func(w http.ResponseWriter, r *http.Request) {
		if !refused(w, r) {
			handler(w, r)
		}
	})
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	config := &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: roots}
	server := &http.Server{TLSConfig: config}
	log.Fatal(server.ServeTLS(listener, os.Args[1], os.Args[2]))
}
