"""What functions that look at the caller do with requests, as kinds of guards."""
