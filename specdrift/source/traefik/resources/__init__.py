"""Traefik's resources of Kubernetes, translated into what dynamic files have."""
