"""The variants of modules that list their own."""

from tests.servers.odd import guessed, strict, tunnels
from tests.servers.python.serve import Guarded

HANDLERS: dict[str, type[Guarded]] = {**strict.HANDLERS, **tunnels.HANDLERS, **guessed.HANDLERS}
