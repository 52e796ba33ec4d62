"""Keys of ``[network]``."""

from specdrift.config.keys.config_key import Group, Key, Section
from specdrift.config.keys.permission import Permission
from specdrift.config.value_types import hosts, plain, quantities

NETWORK = Group(
    name="network",
    about="Rate limits, timeouts and hosts",
    keys=(
        Key(
            name="concurrency",
            value_type=plain.integer(1, 512),
            help="Maximum number of simultaneous connections.",
            option="--concurrency",
            section=Section.LIMITS,
        ),
        Key(
            name="rate-limit",
            value_type=quantities.RATE,
            help="Maximum rate of requests, such as 20/s or 100/m.",
            option="--rate-limit",
            section=Section.LIMITS,
        ),
        Key(
            name="timeout",
            value_type=quantities.DURATION,
            help="Timeout of one probe.",
            option="--timeout",
            section=Section.LIMITS,
        ),
        Key(
            name="expect100-timeout",
            value_type=quantities.DURATION,
            help="Timeout of the answer to a request's head alone (--unsafe-methods headers).",
            option="--expect100-timeout",
            section=Section.LIMITS,
        ),
        Key(
            name="overall-timeout",
            value_type=quantities.OPTIONAL_DURATION,
            help="Timeout of the whole run.",
            option="--overall-timeout",
            section=Section.LIMITS,
        ),
        Key(
            name="retries",
            value_type=plain.integer(0, 20),
            help="Number of retries of a failed connection.",
            option="--retries",
            section=Section.LIMITS,
        ),
        Key(
            name="max-requests",
            value_type=plain.integer(1),
            help="Maximum number of requests.",
            option="--max-requests",
            section=Section.LIMITS,
        ),
        Key(
            name="workers",
            value_type=plain.integer(1, 64),
            help="Number of processes that share the operations: for hundreds of them, and a server that is fast.",
            option="--workers",
            section=Section.LIMITS,
        ),
        Key(
            name="resolve",
            permission=Permission.DIRECT,
            value_type=quantities.RESOLVES,
            help="Connect to this address for a host and port, as in curl.",
            option="--resolve",
            section=Section.TARGET,
        ),
        Key(
            name="allow-hosts",
            permission=Permission.DIRECT,
            value_type=hosts.HOSTS,
            help="Hosts that may be contacted; requests to other hosts are not sent. Needed for a host that only the "
            "document names.",
            option="--allow-hosts",
            section=Section.TARGET,
            variable="network-allow-hosts",
        ),
        Key(
            name="callback-listen",
            permission=Permission.LISTEN,
            value_type=hosts.LISTEN_ADDRESS,
            help="Listen on this address and port (127.0.0.1:0: any port) for requests of the server to URLs in "
            "untrusted certificates (AIA, CRL distribution points). The server must reach it.",
            option="--callback-listen",
            section=Section.TARGET,
        ),
    ),
)
