// Command corpus serves routers over mutual TLS and asks each what it answers.
//
// It reads lines with the name of a router, a method, a path and "valid" or "anonymous", and writes each with the
// status and the body.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"example.com/corpus/cases/bypath"
	"example.com/corpus/cases/chiguards"
	"example.com/corpus/cases/chilists"
	"example.com/corpus/cases/chinested"
	"example.com/corpus/cases/chosen"
	"example.com/corpus/cases/faults"
	"example.com/corpus/cases/gingroups"
	"example.com/corpus/cases/ginguards"
	"example.com/corpus/cases/ginorder"
	"example.com/corpus/cases/gins"
	"example.com/corpus/cases/groups"
	"example.com/corpus/cases/guards"
	"example.com/corpus/cases/identity"
	"example.com/corpus/cases/methods"
	"example.com/corpus/cases/mounts"
	"example.com/corpus/cases/nested"
	"example.com/corpus/cases/patterns"
	"example.com/corpus/cases/tables"
	"example.com/corpus/cases/unclear"
	"example.com/corpus/cases/wrapped"
	"github.com/gin-gonic/gin"
)

var routers = map[string]func() http.Handler{
	"bypath":    bypath.Handler,
	"chiguards": chiguards.Handler,
	"chilists":  chilists.Handler,
	"chinested": chinested.Handler,
	"chosen":    chosen.Handler,
	"faults":    faults.Handler,
	"gingroups": gingroups.Handler,
	"ginguards": ginguards.Handler,
	"ginorder":  ginorder.Handler,
	"gins":      gins.Handler,
	"groups":    groups.Handler,
	"guards":    guards.Handler,
	"identity":  identity.Handler,
	"methods":   methods.Handler,
	"mounts":    mounts.Handler,
	"nested":    nested.Handler,
	"patterns":  patterns.Handler,
	"tables":    tables.Handler,
	"unclear":   unclear.Handler,
	"wrapped":   wrapped.Handler,
}

func certificate(name string, parent *tls.Certificate) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  parent == nil,
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	issuer, signer := template, any(key)
	if parent != nil {
		issuer, signer = parent.Leaf, parent.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	if err != nil {
		log.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func main() {
	log.SetOutput(io.Discard)
	gin.SetMode(gin.ReleaseMode)
	ca := certificate("corpus CA", nil)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	own := certificate("server", &ca)
	client := certificate("client", &ca)
	addresses := map[string]string{}
	for name, make := range routers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		server := &http.Server{
			Handler: make(),
			TLSConfig: &tls.Config{
				Certificates: []tls.Certificate{own},
				ClientAuth:   tls.VerifyClientCertIfGiven,
				ClientCAs:    pool,
			},
			ErrorLog: log.Default(),
		}
		go server.ServeTLS(listener, "", "")
		addresses[name] = listener.Addr().String()
	}
	clients := map[string]*http.Client{
		"anonymous": newClient(&tls.Config{RootCAs: pool}),
		"valid":     newClient(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{client}}),
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		status, body := ask(clients[words[3]], words[1], "https://"+addresses[words[0]]+words[2])
		fmt.Printf("%s\t%d\t%s\n", lines.Text(), status, body)
	}
}

func newClient(config *tls.Config) *http.Client {
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: config},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Timeout: 10 * time.Second,
	}
}

func ask(client *http.Client, method, url string) (int, string) {
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0, ""
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 200))
	return response.StatusCode, strings.ReplaceAll(strings.ReplaceAll(string(body), "\n", " "), "\t", " ")
}
