"""Probes, identities and observations."""
