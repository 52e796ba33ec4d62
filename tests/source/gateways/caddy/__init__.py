"""Tests of the reader of Caddy's configurations."""
