"""What servers do with a head that waits for 100 Continue: `python -m tests.servers.expect --write`.

Each server has operations that are decided at different places, and logs when a handler starts and when a body is
complete. The table in docs/expect-continue.md is written from the answers, the verdicts and these logs.
"""
