"""API keys, passwords and tokens that requests carry beside the client certificate."""
