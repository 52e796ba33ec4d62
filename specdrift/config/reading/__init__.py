"""From file, environment and options to settings."""
