"""Reads static configurations of Envoy, and decides requests as Envoy does."""
