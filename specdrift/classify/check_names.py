"""Names of the checks whose exchanges are controls or evidence for all others."""

from specdrift.model.exchange.probe import ProbeTag

UNKNOWN_PATH = "unknown-path"
"""Its probes request paths that no document has: a control of every comparison."""
BELOW = ProbeTag(name="below")
"""Of those that it requests below an operation's path, for what is in the header fields there."""
ABSENT = ProbeTag(name="absent")
"""Of those that it sends to an operation for a resource that does not exist: their refusals have nothing of it."""
CERTIFICATE = "certificate"
"""Its probes request each operation as each identity."""
HEADS = "heads"
"""Its probes send refused heads without their bodies in other forms."""
BROKEN = ProbeTag(name="broken body")
"""Of those whose body is broken: what they get decides nothing by itself."""
CONSISTENCY = "consistency"
"""It repeats the anonymous client's probes over every connection variant."""
IMITATION = "mistaken-identity"
"""Its probes request each operation with certificates that an application may take for another identity's."""
UNALTERED = frozenset({CERTIFICATE, CONSISTENCY})
"""The checks that send an operation's request unaltered."""
EACH_FOLLOWED = UNALTERED | {IMITATION}
"""The checks of which each redirect is followed."""
EVIDENCE = UNALTERED | {UNKNOWN_PATH}
"""The checks from whose exchanges is learned how the server answers. What others send changes no classification but its
own.
"""
