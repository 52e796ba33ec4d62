// Command main serves the test API with net/http over TCP, and with quic-go over UDP at the same port. Over TCP every
// connection needs a verified certificate, or the guard does; variants differ in the TLS configuration and the guard of
// HTTP/3.
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
	"strings"

	"github.com/quic-go/quic-go/http3"
)

// guard decides whether a request is authorized.
type guard func(*http.Request) bool

type variant struct {
	tcp, udp      tls.ClientAuthType
	secure, items guard
	// names returns whether a server name selects the configuration that requires a certificate over UDP.
	names func(string) bool
	// alternative replaces the value of Alt-Svc; %d is the port.
	alternative string
	// silent opens no UDP port.
	silent bool
}

const own = "localhost"

func open(*http.Request) bool { return true }

func verified(r *http.Request) bool { return r.TLS != nil && len(r.TLS.VerifiedChains) > 0 }

// overTCP guards nothing that came over QUIC.
func overTCP(r *http.Request) bool { return r.ProtoMajor == 3 || verified(r) }

// overTCPOnly admits no caller over HTTP/3.
func overTCPOnly(r *http.Request) bool { return r.ProtoMajor < 3 && verified(r) }

func exact(name string) bool { return name == own }

func folded(string) bool { return true }

var variants = map[string]variant{
	"guarded":            {tcp: tls.RequireAndVerifyClientCert, udp: tls.RequireAndVerifyClientCert},
	"unguarded":          {tcp: tls.RequireAndVerifyClientCert, udp: tls.NoClientCert},
	"any":                {tcp: tls.RequireAndVerifyClientCert, udp: tls.RequireAnyClientCert},
	"optional-guarded":   {tcp: tls.VerifyClientCertIfGiven, udp: tls.VerifyClientCertIfGiven, secure: verified, items: verified},
	"optional-items":     {tcp: tls.VerifyClientCertIfGiven, udp: tls.VerifyClientCertIfGiven, secure: verified, items: overTCP},
	"exact-name":         {tcp: tls.RequireAndVerifyClientCert, udp: tls.RequireAndVerifyClientCert, names: exact},
	"any-name":           {tcp: tls.RequireAndVerifyClientCert, udp: tls.RequireAndVerifyClientCert, names: folded},
	"refuses-all":        {tcp: tls.VerifyClientCertIfGiven, udp: tls.NoClientCert, secure: overTCPOnly, items: overTCPOnly},
	"silent":             {tcp: tls.RequireAndVerifyClientCert, silent: true},
	"another-host":       {tcp: tls.RequireAndVerifyClientCert, silent: true, alternative: `h3="other.invalid:%d"; ma=60`},
	"not-announced":      {tcp: tls.RequireAndVerifyClientCert, udp: tls.NoClientCert, alternative: "clear"},
	"configured":         {tcp: tls.RequireAndVerifyClientCert, udp: tls.NoClientCert, alternative: "clear"},
	"configured-guarded": {tcp: tls.RequireAndVerifyClientCert, udp: tls.RequireAndVerifyClientCert, alternative: "clear"},
}

var item = regexp.MustCompile(`^/items/([1-9][0-9]{0,8})$`)

func (v variant) find(r *http.Request) (guard, map[string]any) {
	if match := item.FindStringSubmatch(r.URL.Path); match != nil {
		return v.items, map[string]any{"id": json.Number(match[1]), "name": "item " + match[1]}
	}
	switch r.URL.Path {
	case "/public":
		return open, map[string]any{"service": "test"}
	case "/secure":
		return v.secure, map[string]any{"secret": "for known callers"}
	case "/optional":
		return open, map[string]any{"greeting": "hello, caller"}
	}
	return nil, nil
}

func (v variant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowed, body := v.find(r)
	switch {
	case body == nil:
		reply(w, http.StatusNotFound, map[string]any{"error": "not found"})
	case allowed != nil && !allowed(r):
		reply(w, http.StatusUnauthorized, map[string]any{"error": "client certificate required"})
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		reply(w, http.StatusMethodNotAllowed, map[string]any{"error": "no such method"})
	default:
		reply(w, http.StatusOK, body)
	}
}

func reply(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil && err != http.ErrBodyNotAllowed {
		log.Print(err)
	}
}

// announcing adds Alt-Svc to every answer over TCP.
func (v variant) announcing(port int) http.Handler {
	value := v.alternative
	if value == "" {
		value = `h3=":%d"; ma=2592000`
	}
	if strings.Contains(value, "%d") {
		value = fmt.Sprintf(value, port)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Alt-Svc", value)
		v.ServeHTTP(w, r)
	})
}

// listen opens TCP and UDP at the same port.
func listen() (net.Listener, net.PacketConn) {
	for attempt := 0; attempt < 20; attempt++ {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp
		}
		tcp.Close()
	}
	log.Fatal("no port is free for TCP and UDP")
	return nil, nil
}

// byName requests no certificate under the server names that the variant does not select.
func (v variant) byName(config *tls.Config) {
	if v.names == nil {
		return
	}
	without := config.Clone()
	without.ClientAuth = tls.NoClientCert
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if v.names(hello.ServerName) {
			return nil, nil
		}
		return without, nil
	}
}

var versions = map[string][2]uint16{
	"1.2-1.3": {tls.VersionTLS12, tls.VersionTLS13},
	"1.2":     {tls.VersionTLS12, tls.VersionTLS12},
	"1.3":     {tls.VersionTLS13, tls.VersionTLS13},
}

func main() {
	protocol := flag.String("tls", "1.2-1.3", "TLS versions over TCP")
	certificate := flag.String("cert", "", "server certificate")
	key := flag.String("key", "", "server key")
	clientCA := flag.String("client-ca", "", "client CA")
	flag.String("crl", "", "ignored: crypto/tls reads no revocation lists")
	name := flag.String("variant", "", "one of the variants")
	flag.Parse()

	roots := x509.NewCertPool()
	pem, err := os.ReadFile(*clientCA)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		log.Fatal("client CA: ", err)
	}
	chosen, known := variants[*name]
	if !known {
		log.Fatal("no such variant: ", *name)
	}
	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		log.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: roots, ClientAuth: chosen.tcp}
	config.MinVersion, config.MaxVersion = versions[*protocol][0], versions[*protocol][1]
	overUDP := &tls.Config{Certificates: config.Certificates, ClientCAs: roots, ClientAuth: chosen.udp}
	chosen.byName(overUDP)

	tcp, udp := listen()
	if chosen.silent {
		udp.Close()
	} else {
		quic := http3.Server{Handler: chosen, TLSConfig: http3.ConfigureTLSConfig(overUDP)}
		go func() { log.Fatal(quic.Serve(udp)) }()
	}
	port := tcp.Addr().(*net.TCPAddr).Port
	server := http.Server{Handler: chosen.announcing(port), TLSConfig: config}
	fmt.Printf("listening on %d\n", port)
	log.Fatal(server.ServeTLS(tcp, "", ""))
}
