"""uvicorn and hypercorn, which close without an alert when asyncio rejects a certificate.

Neither identifies the caller to the application: both lack the `tls` extension of ASGI.
"""
