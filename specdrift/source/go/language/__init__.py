"""The Go language: files, packages and declarations."""
