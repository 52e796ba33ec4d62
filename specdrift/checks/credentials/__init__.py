"""Checks of the credentials that a requirement combines with the certificate."""
