package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// onlyID is the SPIFFE ID of a verified certificate; nil unless it has exactly one URI (X509-SVID §2).
func onlyID(r *http.Request) *url.URL {
	if !verified(r) || len(r.TLS.VerifiedChains[0][0].URIs) != 1 {
		return nil
	}
	return r.TLS.VerifiedChains[0][0].URIs[0]
}

// idBegins compares the beginning of the ID, which may end within a segment.
func idBegins(r *http.Request) bool {
	id := onlyID(r)
	return id != nil && strings.HasPrefix(id.String(), "spiffe://clients.example/admin")
}

// idOfAnyDomain ignores the trust domain.
func idOfAnyDomain(r *http.Request) bool {
	id := onlyID(r)
	return id != nil && strings.HasPrefix(id.Path, "/admin/")
}

// idWithSegment looks for the role anywhere in the path.
func idWithSegment(r *http.Request) bool {
	id := onlyID(r)
	return id != nil && id.Host == "clients.example" && slices.Contains(strings.Split(id.Path, "/"), "admin")
}

// idOfAdministrators compares scheme, trust domain and segment: every client below /admin has the role on purpose.
func idOfAdministrators(r *http.Request) bool {
	id := onlyID(r)
	if id == nil || id.Scheme != "spiffe" || id.Host != "clients.example" {
		return false
	}
	path := strings.Split(id.Path, "/")
	return len(path) == 3 && path[1] == "admin"
}

// idOfOthers gives the role to every ID but a reader's.
func idOfOthers(r *http.Request) bool {
	id := onlyID(r)
	return id != nil && !strings.HasPrefix(id.Path, "/reader/")
}
