"""Icinga 2: its API knows users by their certificates, and permits each what the configuration says."""
