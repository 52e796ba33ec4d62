"""Caddy: the modes of Go's crypto/tls, and a guard that compares the SNI with the Host header."""
