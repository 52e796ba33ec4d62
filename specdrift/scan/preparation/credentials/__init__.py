"""What requests carry beside the client certificate: API keys, passwords and tokens, and values of one identity."""
