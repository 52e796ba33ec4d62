// Command main serves the test API behind go-proxyproto. Variants differ in whose PROXY header is read, and in what the
// application makes of it.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strconv"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"
)

// balancer is the only address whose header is to be trusted. No client of the tests has it.
const balancer = "127.0.0.2"

type guard func(*http.Request) bool

type variant struct {
	policy  proxyproto.PolicyFunc // nil: the header of everybody is read, if there is one
	reads   bool
	allowed guard
	plain   bool
}

var variants = map[string]variant{
	"plain":                      {nil, false, internal, false},
	"networks-of-anyone":         {nil, true, internal, false},
	"networks-of-balancer":       {proxyproto.MustStrictWhiteListPolicy([]string{balancer}), true, internal, false},
	"networks-ignored":           {proxyproto.MustLaxWhiteListPolicy([]string{balancer}), true, internal, false},
	"certificate-of-anyone":      {nil, true, claimed, false},
	"certificate-of-balancer":    {proxyproto.MustStrictWhiteListPolicy([]string{balancer}), true, claimed, false},
	"any-header":                 {nil, true, headed, false},
	"addresses-logged-only":      {nil, true, verified, false},
	"networks-of-anyone-plain":   {nil, true, internal, true},
	"networks-of-balancer-plain": {proxyproto.MustStrictWhiteListPolicy([]string{balancer}), true, internal, true},
}

var networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.0.0/16")}

func verified(r *http.Request) bool { return r.TLS != nil && len(r.TLS.VerifiedChains) > 0 }

// internal needs no certificate in internal networks.
func internal(r *http.Request) bool {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err == nil {
		for _, network := range networks {
			if network.Contains(address.Addr().Unmap()) {
				return true
			}
		}
	}
	return verified(r)
}

type connKey struct{}

// header returns the header of the request's connection; nil if it has none.
func header(r *http.Request) *proxyproto.Header {
	if proxied, ok := r.Context().Value(connKey{}).(*proxyproto.Conn); ok {
		return proxied.ProxyHeader()
	}
	return nil
}

// claimed admits whose certificate a balancer has verified.
func claimed(r *http.Request) bool {
	if found := header(r); found != nil {
		if tlvs, err := found.TLVs(); err == nil {
			if secured, ok := tlvparse.FindSSL(tlvs); ok {
				name, named := secured.ClientCN()
				return named && name == "alice" && secured.ClientCertConn() && secured.Verified()
			}
		}
	}
	return verified(r)
}

// headed takes each connection with a header for one of the balancer, which verifies certificates.
func headed(r *http.Request) bool { return header(r) != nil || verified(r) }

var item = regexp.MustCompile(`^/items/([1-9][0-9]{0,8})$`)

func (v variant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guarded, body := find(r)
	switch {
	case body == nil:
		reply(w, http.StatusNotFound, map[string]any{"error": "not found"})
	case guarded && !v.allowed(r):
		reply(w, http.StatusUnauthorized, map[string]any{"error": "client certificate required"})
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		reply(w, http.StatusMethodNotAllowed, map[string]any{"error": "no such method"})
	default:
		reply(w, http.StatusOK, body)
	}
}

func find(r *http.Request) (bool, map[string]any) {
	if match := item.FindStringSubmatch(r.URL.Path); match != nil {
		id, _ := strconv.Atoi(match[1])
		return true, map[string]any{"id": id, "name": "item " + match[1]}
	}
	switch r.URL.Path {
	case "/public":
		return false, map[string]any{"service": "test"}
	case "/secure":
		return true, map[string]any{"secret": "for known callers"}
	case "/optional":
		return false, map[string]any{"greeting": "hello, caller"}
	}
	return false, nil
}

func reply(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil && err != http.ErrBodyNotAllowed {
		log.Print(err)
	}
}

// remember keeps the connection for its requests.
func remember(ctx context.Context, c net.Conn) context.Context {
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

func listen(v variant) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if v.reads {
		return &proxyproto.Listener{Listener: listener, Policy: v.policy}
	}
	return listener
}

var versions = map[string][2]uint16{
	"1.2-1.3": {tls.VersionTLS12, tls.VersionTLS13},
	"1.2":     {tls.VersionTLS12, tls.VersionTLS12},
	"1.3":     {tls.VersionTLS13, tls.VersionTLS13},
}

func main() {
	name := flag.String("variant", "", "")
	protocol := flag.String("tls", "1.2-1.3", "")
	certificate := flag.String("cert", "", "")
	key := flag.String("key", "", "")
	clientCA := flag.String("client-ca", "", "")
	flag.String("crl", "", "")
	flag.Parse()
	v, known := variants[*name]
	pem, err := os.ReadFile(*clientCA)
	roots := x509.NewCertPool()
	if !known || err != nil || !roots.AppendCertsFromPEM(pem) {
		log.Fatal("no such variant or client CA")
	}
	server := http.Server{Handler: v, ConnContext: remember, TLSConfig: &tls.Config{
		ClientAuth: tls.VerifyClientCertIfGiven,
		ClientCAs:  roots,
		MinVersion: versions[*protocol][0],
		MaxVersion: versions[*protocol][1],
	}}
	outer := listen(variant{policy: v.policy, reads: v.reads && !v.plain})
	if v.plain {
		plain := listen(v)
		fmt.Printf("plain listener at %d\n", plain.Addr().(*net.TCPAddr).Port)
		go func() { log.Fatal((&http.Server{Handler: v, ConnContext: remember}).Serve(plain)) }()
	}
	fmt.Printf("listening on %d\n", outer.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.ServeTLS(outer, *certificate, *key))
}
