"""Finds the owner's secrets in texts, in every encoding in which a server may repeat them."""
