"""Routes of VirtualService and HTTPRoute, and which of them a request takes."""
