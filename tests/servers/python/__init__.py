"""Python's `ssl` under the standard library's threading HTTP server."""
