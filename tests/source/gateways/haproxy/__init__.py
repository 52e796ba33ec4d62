"""Tests of the reader of HAProxy's configurations."""
