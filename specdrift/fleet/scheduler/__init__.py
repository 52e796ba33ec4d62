"""Distributes services over workers."""
