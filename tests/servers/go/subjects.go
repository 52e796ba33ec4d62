package main

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const ofBob = "CN=bob,OU=admin"

var shortTypes = map[string]string{"2.5.4.3": "CN", "2.5.4.10": "O", "2.5.4.11": "OU"}

// subjectParts writes the subject as a flat text and splits it again, as if no value had a separator in it.
func subjectParts(r *http.Request) bool {
	if !verified(r) {
		return false
	}
	var parts []string
	for _, each := range subject(r).Names {
		parts = append(parts, fmt.Sprintf("%s=%v", shortTypes[each.Type.String()], each.Value))
	}
	return slices.Contains(strings.Split(strings.Join(parts, ", "), ", "), "OU=admin")
}

// subjectText compares the text of pkix.Name, which sorts attributes by their types: order and RDNs are lost.
func subjectText(r *http.Request) bool {
	return verified(r) && subject(r).String() == ofBob
}

// subjectSequence compares the text of the RDNs as they are encoded.
func subjectSequence(r *http.Request) bool {
	if !verified(r) {
		return false
	}
	var names pkix.RDNSequence
	_, err := asn1.Unmarshal(r.TLS.VerifiedChains[0][0].RawSubject, &names)
	return err == nil && names.String() == ofBob
}
