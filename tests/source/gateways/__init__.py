"""Configurations of gateways, read and run: what is predicted for each request is what the server answers."""
