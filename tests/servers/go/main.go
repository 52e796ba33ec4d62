// Command main serves the test API with net/http. Variants differ in tls.ClientAuthType and in what
// the application checks.
package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// guard decides whether a request is authorized.
type guard func(*http.Request) bool

type variant struct {
	clientAuth    tls.ClientAuthType
	secure, items guard
	sites         *sites
}

// sites adds a second site to a variant: any server name selects it, it has its own ClientAuthType, and it shares the
// session ticket keys, as crypto/tls does for what GetConfigForClient returns.
type sites struct {
	other tls.ClientAuthType
	more  func(*tls.Config)
}

var roots = x509.NewCertPool()

func open(*http.Request) bool { return true }

func present(r *http.Request) bool { return len(r.TLS.PeerCertificates) > 0 }

func verified(r *http.Request) bool { return r.TLS != nil && len(r.TLS.VerifiedChains) > 0 }

// hostExempt exempts requests whose Host field names another site. net/http moves the field of an HTTP/1.1 request to
// r.Host; over HTTP/2 r.Host is :authority, and the field stays (RFC 9113 §8.3.1).
func hostExempt(r *http.Request) bool {
	field := r.Header.Get("Host")
	return field != "" && field != r.Host || verified(r)
}

// hostCompared refuses requests that name two sites.
func hostCompared(r *http.Request) bool {
	field := r.Header.Get("Host")
	return (field == "" || field == r.Host) && verified(r)
}

// forwardedExempt exempts requests whose X-Forwarded-Host names another site.
func forwardedExempt(r *http.Request) bool {
	field := r.Header.Get("X-Forwarded-Host")
	return field != "" && field != r.Host || verified(r)
}

// forwardedCompared refuses requests for another site.
func forwardedCompared(r *http.Request) bool {
	field := r.Header.Get("X-Forwarded-Host")
	return (field == "" || field == r.Host) && verified(r)
}

// ofAdministrators is what the first certificate says, of which the client has shown that it holds the key.
func ofAdministrators(r *http.Request) bool {
	return verified(r) && isAdministrator(r.TLS.PeerCertificates[0])
}

// ofLast reads the last certificate that the client sent, as if the chain began with the issuer.
func ofLast(r *http.Request) bool {
	chain := r.TLS.PeerCertificates
	return verified(r) && isAdministrator(chain[len(chain)-1])
}

// ofAny looks for a certificate of an administrator anywhere in what the client sent.
func ofAny(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.PeerCertificates, isAdministrator)
}

func isAdministrator(certificate *x509.Certificate) bool {
	return certificate.Subject.CommonName == "bob"
}

// role is what a client may do. Its zero value is the first one, as in programs that count from iota.
type role int

const (
	administrator role = iota
	reader
)

var roles = map[string]role{"alice": reader, "bob": administrator}

func subject(r *http.Request) pkix.Name { return r.TLS.VerifiedChains[0][0].Subject }

// zeroRole takes the zero value of a role for every name that is not in the map.
func zeroRole(r *http.Request) bool {
	return verified(r) && roles[subject(r).CommonName] == administrator
}

func knownRole(r *http.Request) bool {
	if !verified(r) {
		return false
	}
	found, known := roles[subject(r).CommonName]
	return known && found == administrator
}

func namePrefix(r *http.Request) bool {
	return verified(r) && strings.HasPrefix(subject(r).CommonName, "bob")
}

func unitContains(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(subject(r).OrganizationalUnit, func(unit string) bool {
		return strings.Contains(unit, "admin")
	})
}

func unitEquals(r *http.Request) bool {
	return verified(r) && slices.Contains(subject(r).OrganizationalUnit, "admin")
}

func hostPrefix(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.VerifiedChains[0][0].DNSNames, func(name string) bool {
		return strings.HasPrefix(name, "bob.")
	})
}

// hostInDomain admits every host of a domain on purpose.
func hostInDomain(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.VerifiedChains[0][0].DNSNames, func(name string) bool {
		return strings.HasSuffix(name, ".clients.example") && name != "alice.clients.example"
	})
}

// hostEnds forgets the dot before the domain.
func hostEnds(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.VerifiedChains[0][0].DNSNames, func(name string) bool {
		return strings.HasSuffix(name, "clients.example") && name != "alice.clients.example"
	})
}

func hostEquals(r *http.Request) bool {
	return verified(r) && slices.Contains(r.TLS.VerifiedChains[0][0].DNSNames, "bob.clients.example")
}

func idPrefix(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.VerifiedChains[0][0].URIs, func(id *url.URL) bool {
		return strings.HasPrefix(id.String(), "spiffe://clients.example/admin/bob")
	})
}

func idFolded(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.VerifiedChains[0][0].URIs, func(id *url.URL) bool {
		return strings.EqualFold(id.String(), "spiffe://clients.example/admin/bob")
	})
}

func idEquals(r *http.Request) bool {
	return verified(r) && slices.ContainsFunc(r.TLS.VerifiedChains[0][0].URIs, func(id *url.URL) bool {
		return id.String() == "spiffe://clients.example/admin/bob"
	})
}

func isOwnHost(r *http.Request) bool { return strings.HasPrefix(r.Host, "127.0.0.1:") }

// oneHost guards one site, and every other one is served the same.
func oneHost(r *http.Request) bool { return !isOwnHost(r) || verified(r) }

// onlyHost serves no other site.
func onlyHost(r *http.Request) bool { return isOwnHost(r) && verified(r) }

// verifies checks the certificate in the application, for listeners that accept any certificate.
func verifies(r *http.Request) bool { return verify(r.TLS.PeerCertificates) == nil }

func verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("no certificate")
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	options := x509.VerifyOptions{Roots: roots, Intermediates: intermediates, KeyUsages: usages}
	_, err := chain[0].Verify(options)
	return err
}

var variants = map[string]variant{
	"no-client-cert":            {tls.NoClientCert, open, open, nil},
	"request":                   {tls.RequestClientCert, open, open, nil},
	"request-presence":          {tls.RequestClientCert, present, present, nil},
	"request-verified":          {tls.RequestClientCert, verifies, verifies, nil},
	"require-any":               {tls.RequireAnyClientCert, open, open, nil},
	"require-any-verified":      {tls.RequireAnyClientCert, verifies, verifies, nil},
	"verify-if-given":           {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"verify-if-given-unguarded": {tls.VerifyClientCertIfGiven, verified, open, nil},
	"require-and-verify":        {tls.RequireAndVerifyClientCert, open, open, nil},
	"require-and-verify-all":    {tls.RequireAndVerifyClientCert, open, open, nil},
	"host-field":                {tls.VerifyClientCertIfGiven, hostExempt, hostExempt, nil},
	"host-field-compared":       {tls.VerifyClientCertIfGiven, hostCompared, hostCompared, nil},
	"forwarded-host":            {tls.VerifyClientCertIfGiven, forwardedExempt, forwardedExempt, nil},
	"forwarded-host-compared":   {tls.VerifyClientCertIfGiven, forwardedCompared, forwardedCompared, nil},
	"one-host":                  {tls.VerifyClientCertIfGiven, oneHost, oneHost, nil},
	"only-host":                 {tls.VerifyClientCertIfGiven, onlyHost, onlyHost, nil},
	"role-of-first":             {tls.VerifyClientCertIfGiven, verified, ofAdministrators, nil},
	"role-of-last":              {tls.VerifyClientCertIfGiven, verified, ofLast, nil},
	"role-of-any":               {tls.VerifyClientCertIfGiven, verified, ofAny, nil},
	"role-zero-value":           {tls.VerifyClientCertIfGiven, verified, zeroRole, nil},
	"role-known-value":          {tls.VerifyClientCertIfGiven, verified, knownRole, nil},
	"role-name-prefix":          {tls.VerifyClientCertIfGiven, verified, namePrefix, nil},
	"role-name-equals":          {tls.VerifyClientCertIfGiven, verified, ofAdministrators, nil},
	"role-unit-contains":        {tls.VerifyClientCertIfGiven, verified, unitContains, nil},
	"role-unit-equals":          {tls.VerifyClientCertIfGiven, verified, unitEquals, nil},
	"role-subject-parts":        {tls.VerifyClientCertIfGiven, verified, subjectParts, nil},
	"role-subject-text":         {tls.VerifyClientCertIfGiven, verified, subjectText, nil},
	"role-subject-sequence":     {tls.VerifyClientCertIfGiven, verified, subjectSequence, nil},
	"role-host-prefix":          {tls.VerifyClientCertIfGiven, verified, hostPrefix, nil},
	"role-host-domain":          {tls.VerifyClientCertIfGiven, verified, hostInDomain, nil},
	"role-host-ends":            {tls.VerifyClientCertIfGiven, verified, hostEnds, nil},
	"role-host-equals":          {tls.VerifyClientCertIfGiven, verified, hostEquals, nil},
	"role-id-prefix":            {tls.VerifyClientCertIfGiven, verified, idPrefix, nil},
	"role-id-folded":            {tls.VerifyClientCertIfGiven, verified, idFolded, nil},
	"role-id-begins":            {tls.VerifyClientCertIfGiven, verified, idBegins, nil},
	"role-id-any-domain":        {tls.VerifyClientCertIfGiven, verified, idOfAnyDomain, nil},
	"role-id-any-segment":       {tls.VerifyClientCertIfGiven, verified, idWithSegment, nil},
	"role-id-of-others":         {tls.VerifyClientCertIfGiven, verified, idOfOthers, nil},
	"role-id-segment":           {tls.VerifyClientCertIfGiven, verified, idOfAdministrators, nil},
	"role-id-equals":            {tls.VerifyClientCertIfGiven, verified, idEquals, nil},
	"grpc-guarded":              {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"grpc-orders-open":          {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"grpc-orders-guarded":       {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"grpc-streams-open":         {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"plain-too":                 {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"plain-guarded":             {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"plain-redirects":           {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"drops-issuers":             {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"drops-issuers-and-ends":    {tls.VerifyClientCertIfGiven, verified, verified, nil},
	"two-sites":                 {tls.RequireAndVerifyClientCert, open, open, &sites{tls.NoClientCert, nil}},
	"two-sites-any":             {tls.RequireAndVerifyClientCert, open, open, &sites{tls.RequireAnyClientCert, nil}},
	"two-sites-checks-once":     {tls.RequestClientCert, open, open, &sites{tls.NoClientCert, checksOnce}},
	"two-sites-checks-always":   {tls.RequestClientCert, open, open, &sites{tls.NoClientCert, checksAlways}},
	"two-sites-pins-once":       {tls.RequireAndVerifyClientCert, open, open, &sites{tls.RequireAndVerifyClientCert, pinsOnce}},
	"two-sites-pins-always":     {tls.RequireAndVerifyClientCert, open, open, &sites{tls.RequireAndVerifyClientCert, pinsAlways}},
	"two-sites-verifies-peer":   {tls.RequireAnyClientCert, open, open, &sites{tls.RequireAnyClientCert, verifiesPeer}},
}

// plainHandlers holds the handlers of the variants that answer without TLS on the same port. net/http itself answers 400.
var plainHandlers = map[string]http.Handler{
	"plain-too":       variant{secure: open, items: open},
	"plain-guarded":   variant{secure: verified, items: verified},
	"plain-redirects": http.HandlerFunc(toTLS),
}

func toTLS(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusPermanentRedirect)
}

// checksAlways verifies the certificate of every connection.
func checksAlways(config *tls.Config) {
	config.VerifyConnection = func(state tls.ConnectionState) error { return verify(state.PeerCertificates) }
}

// checksOnce verifies full handshakes only.
func checksOnce(config *tls.Config) {
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if state.DidResume {
			return nil
		}
		return verify(state.PeerCertificates)
	}
}

// verifiesPeer verifies where crypto/tls does not call it for resumed connections.
func verifiesPeer(config *tls.Config) {
	config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		chain := make([]*x509.Certificate, len(raw))
		for i, der := range raw {
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			chain[i] = certificate
		}
		return verify(chain)
	}
}

// pinsAlways admits alice alone of those whom the CA has signed.
func pinsAlways(config *tls.Config) {
	config.VerifyConnection = func(state tls.ConnectionState) error { return pinned(state.PeerCertificates[0]) }
}

// pinsOnce does so where crypto/tls does not call it for resumed connections.
func pinsOnce(config *tls.Config) {
	config.VerifyPeerCertificate = func(_ [][]byte, chains [][]*x509.Certificate) error { return pinned(chains[0][0]) }
}

func pinned(certificate *x509.Certificate) error {
	if certificate.Subject.CommonName != "alice" {
		return errors.New("a certificate for another site")
	}
	return nil
}

var item = regexp.MustCompile(`^/items/([1-9][0-9]{0,8})$`)

func (v variant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if v.sites != nil && isOther(r.TLS.ServerName) {
		reply(w, http.StatusMisdirectedRequest, map[string]any{"error": "this is the other site"})
		return
	}
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

// isOther reports whether a server name selects the second site.
func isOther(name string) bool { return name != "" && name != "secure.localhost" }

// share uses the configuration for the site without a name, and adds the second one.
func (s sites) share(config *tls.Config) {
	other := config.Clone()
	other.ClientAuth = s.other
	if s.more != nil {
		s.more(config)
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if isOther(hello.ServerName) {
			return other, nil
		}
		return nil, nil
	}
}

// serveOtherListener serves another site, which requests no certificate and has none of these resources.
func serveOtherListener(config *tls.Config, certificate, key string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	var keys [32]byte
	if _, err := rand.Read(keys[:]); err != nil {
		log.Fatal(err)
	}
	other := config.Clone()
	other.ClientAuth, other.GetConfigForClient, other.VerifyConnection = tls.NoClientCert, nil, nil
	for _, each := range []*tls.Config{config, other} {
		each.SetSessionTicketKeys([][32]byte{keys})
	}
	server := http.Server{TLSConfig: other, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusMisdirectedRequest, map[string]any{"error": "this is the other site"})
	})}
	fmt.Printf("other listener at %d\n", listener.Addr().(*net.TCPAddr).Port)
	go func() { log.Fatal(server.ServeTLS(listener, certificate, key)) }()
}

// queue is a listener for some of the connections of another one.
type queue struct {
	net.Listener
	connections chan net.Conn
}

func (q queue) Accept() (net.Conn, error) { return <-q.connections, nil }

// peeked is a connection whose first byte was read.
type peeked struct {
	net.Conn
	reader *bufio.Reader
}

func (p peeked) Read(into []byte) (int, error) { return p.reader.Read(into) }

// divide serves connections that begin with a handshake record (RFC 8446 §5.1) by TLS, and all others in plain HTTP.
func divide(listener net.Listener, handler http.Handler) net.Listener {
	encrypted, plain := queue{listener, make(chan net.Conn)}, queue{listener, make(chan net.Conn)}
	go func() { log.Fatal(http.Serve(plain, handler)) }()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				log.Fatal(err)
			}
			go func() {
				peekable := peeked{connection, bufio.NewReader(connection)}
				first, err := peekable.reader.Peek(1)
				switch {
				case err != nil:
					connection.Close()
				case first[0] == 22:
					encrypted.connections <- peekable
				default:
					plain.connections <- peekable
				}
			}()
		}
	}()
	return encrypted
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
	otherListener := flag.Bool("other-listener", false, "serve another site on a second listener with the same session ticket keys")
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
	config := &tls.Config{
		ClientAuth: chosen.clientAuth,
		ClientCAs:  roots,
		MinVersion: versions[*protocol][0],
		MaxVersion: versions[*protocol][1],
	}
	if chosen.sites != nil {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
		chosen.sites.share(config)
	}
	if *otherListener {
		serveOtherListener(config, *certificate, *key)
	}
	server := http.Server{Handler: chosen, TLSConfig: config}
	if grpc, also := besides[*name]; also {
		server.Handler = grpc.beside(chosen)
	}
	if ends, drops := dropping[*name]; drops {
		dropOnRequest(config, &server, *certificate, *key, ends)
	}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	if handler, also := plainHandlers[*name]; also {
		listener = divide(listener, handler)
	}
	log.Fatal(server.ServeTLS(listener, *certificate, *key))
}
