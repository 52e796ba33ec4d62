"""What certificates of identities say about themselves: facts, problems, forecasts. No network."""
