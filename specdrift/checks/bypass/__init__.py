"""Checks that send a guarded request in an altered form: method, path, name, protocol, session."""
