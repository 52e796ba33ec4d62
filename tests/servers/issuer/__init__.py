"""An API and its token issuer: the metadata announce mutual TLS, and the endpoints do so or not."""
