"""Axum: what its routers, method routers and layers do, read from the source by evaluating what builds them."""
