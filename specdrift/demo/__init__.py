"""``specdrift demo``: an embedded mTLS server with known drifts from its document.

It generates its certificates at start, in a private folder, and listens on 127.0.0.1 only.
"""
