"""``specdrift demo``: an embedded mTLS server that drifts from its document in known places, checked.

Certificates are made when it starts, in a private folder; it listens on 127.0.0.1 only.
"""
