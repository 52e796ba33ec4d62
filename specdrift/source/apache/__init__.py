"""Reads configurations of Apache httpd."""
