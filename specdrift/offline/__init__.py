"""Results made without a target: lint and routes."""
