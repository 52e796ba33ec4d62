"""Go's crypto/tls and net/http, with each of the five values of ClientAuthType."""
