"""Envoy before a server without TLS, which knows callers only from the header X-Forwarded-Client-Cert."""
