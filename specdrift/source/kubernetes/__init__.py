"""Reads Istio's resources and those of the Gateway API, and decides requests as their gateways and sidecars do."""
