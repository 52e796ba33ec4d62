"""Every configuration key, in the order of the documentation.

Validation, "did you mean", command-line options, ``SPECDRIFT_*`` variables, the JSON Schema and ``config show`` are
derived from these tables.
"""

from specdrift.config.keys.document import CONTRACT, LOADER, OPERATIONS, PARAMETERS, SCHEMES
from specdrift.config.keys.identities import BATTERY, CLIENT_CA, IDENTITIES
from specdrift.config.keys.network import NETWORK
from specdrift.config.keys.output import REDACT, REPORTS
from specdrift.config.keys.server import SERVER
from specdrift.config.keys.source import SOURCE, UNDOCUMENTED
from specdrift.config.keys.top import TOP

GROUPS = (
    TOP,
    SERVER,
    IDENTITIES,
    CLIENT_CA,
    BATTERY,
    SCHEMES,
    LOADER,
    CONTRACT,
    PARAMETERS,
    OPERATIONS,
    UNDOCUMENTED,
    SOURCE,
    NETWORK,
    REPORTS,
    REDACT,
)
