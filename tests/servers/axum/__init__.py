"""The Axum lab: rustls, and an API of its own."""
