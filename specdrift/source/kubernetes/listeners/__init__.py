"""Gateways, their listeners, and the sidecars of services."""
