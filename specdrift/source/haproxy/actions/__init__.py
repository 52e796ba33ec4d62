"""What the actions of HAProxy's rules do to a request."""
