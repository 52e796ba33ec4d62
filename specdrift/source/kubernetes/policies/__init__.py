"""Policies: who is refused by a gateway or a sidecar, beside its TLS."""
