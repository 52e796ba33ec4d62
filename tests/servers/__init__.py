"""Real servers on loopback, each with the drifts that a correct check must report.

One folder per server holds its configuration and `truth.toml`: for every variant the
document it is held against and the exact expected drifts, none missing and none extra.
`python -m tests.servers` lists the cases; `python -m tests.servers run NAME` starts one.
"""
