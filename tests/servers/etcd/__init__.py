"""etcd: its HTTP endpoints, which one setting of the listener guards alike."""
