"""Profiles of valid certificates with names that an application may confuse."""
