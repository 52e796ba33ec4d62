package main

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"time"
)

// Verifiers that an application has of its own, for listeners that accept any certificate.

// anyPath looks for a trusted certificate anywhere in what the client sent: the CA's own is public.
func anyPath(r *http.Request) bool {
	return slices.ContainsFunc(r.TLS.PeerCertificates, func(each *x509.Certificate) bool {
		_, err := each.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err == nil
	})
}

// curvesOnly verifies signatures of elliptic curves, and has no case for others.
func curvesOnly(r *http.Request) bool {
	if !present(r) {
		return false
	}
	if _, curve := r.TLS.PeerCertificates[0].PublicKey.(*ecdsa.PublicKey); curve {
		return verifies(r)
	}
	return r.TLS.PeerCertificates[0].Subject.CommonName != ""
}

// signaturesOfCurves compares the issuer's name, and verifies signatures of elliptic curves.
func signaturesOfCurves(r *http.Request) bool {
	if !present(r) || verifies(r) {
		return present(r)
	}
	leaf := r.TLS.PeerCertificates[0]
	// The test CA has one name; a self-signed certificate has its own.
	return leaf.SignatureAlgorithm == x509.PureEd25519 && leaf.Issuer.String() != leaf.Subject.String() &&
		slices.ContainsFunc(roots.Subjects(), func(name []byte) bool { return string(name) == string(leaf.RawIssuer) })
}

// within verifies with a clock that may be wrong by this much.
func within(tolerance time.Duration) guard {
	return func(r *http.Request) bool {
		chain := r.TLS.PeerCertificates
		return slices.ContainsFunc([]time.Duration{0, -tolerance, tolerance}, func(offset time.Duration) bool {
			if len(chain) == 0 {
				return false
			}
			intermediates := x509.NewCertPool()
			for _, each := range chain[1:] {
				intermediates.AddCert(each)
			}
			_, err := chain[0].Verify(x509.VerifyOptions{
				Roots: roots, Intermediates: intermediates, CurrentTime: time.Now().Add(offset),
				KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			})
			return err == nil
		})
	}
}

func init() {
	for name, verifier := range map[string]guard{
		"own-any-path":         anyPath,
		"own-curves-only":      curvesOnly,
		"own-curve-signatures": signaturesOfCurves,
		"own-hours":            within(2 * time.Hour),
		"own-minutes":          within(5 * time.Minute),
	} {
		variants[name] = variant{tls.RequestClientCert, verifier, verifier, nil}
	}
}
