"""What handlers and middleware do with a request that has no client certificate."""
