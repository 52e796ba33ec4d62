"""Tests of the reader of Apache httpd's configurations."""
