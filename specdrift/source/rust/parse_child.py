"""Parses what another process sends, and answers with a byte: that process parses it too, and must not hang.

Run as a script by ``parse_guard``. From what is no Rust, the parser may take quadratic time and more to recover: a
minute for 12 kB. Nothing interrupts it but the kernel, which ends this process at its limit of CPU time.
"""

import resource
import struct
import sys

import tree_sitter_rust
from tree_sitter import Language, Parser

HEAD = struct.Struct("!I")
"""The number of bytes that follow."""
SECONDS, PER_BYTE = 3.0, 10e-6
"""CPU seconds for all, and in addition for each byte: Rust takes less than a millionth."""


def main() -> None:
    """Parse until there is nothing more."""
    language, total, hard = (
        Language(tree_sitter_rust.language()),
        0,
        resource.getrlimit(resource.RLIMIT_CPU)[1],
    )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    began = _used()
    while head := sys.stdin.buffer.read(HEAD.size):
        (size,) = HEAD.unpack(head)
        content = sys.stdin.buffer.read(size)
        total += size
        resource.setrlimit(resource.RLIMIT_CPU, (int(began + SECONDS + PER_BYTE * total) + 1, hard))
        Parser(language).parse(content)
        sys.stdout.buffer.write(b"\1")
        sys.stdout.buffer.flush()


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
