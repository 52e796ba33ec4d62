"""Configurations of Traefik."""
