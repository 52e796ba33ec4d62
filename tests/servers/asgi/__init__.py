"""uvicorn and hypercorn, which close without an alert when asyncio dislikes a certificate.

Neither tells the application who calls: the `tls` extension of ASGI is missing from both.
"""
