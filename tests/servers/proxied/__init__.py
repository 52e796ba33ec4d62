"""Go with go-proxyproto: a listener that reads headers of the PROXY protocol, of some or of all clients."""
