"""Records the system calls of a program and of its children with strace: destinations, files and bytes."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STRACE = shutil.which("strace")
UNLIMITED = str(1 << 26)
"""Longest text that the record keeps whole, in bytes."""
DESTINATIONS = ("connect", "sendto", "sendmsg", "sendmmsg")
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2", *DESTINATIONS[1:])
OPENS = ("open", "openat", "openat2", "creat")
NAMES = ("mkdir", "mkdirat", "mknod", "mknodat", "symlink", "symlinkat", "link", "linkat", "truncate")
RENAMES = ("rename", "renameat", "renameat2")
COPIES = ("sendfile", "copy_file_range", "splice", "io_uring_setup", "ptrace", "process_vm_writev")
"""Calls that move bytes which the record does not show. A run that makes one is not understood."""
SERVERS = ("bind", "listen", "accept", "accept4")
RUNS = ("execve", "execveat")
TRACED = (*DESTINATIONS, *WRITES, *OPENS, *NAMES, *RENAMES, *COPIES, *SERVERS, *RUNS)

_LINE = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+|\?)(?P<rest>.*)")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
_DESCRIPTOR = re.compile(r"(?:AT_FDCWD|\d+)<((?:[^<>]|<[^<>]*>)*)>")
_WRITING = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_ADDRESS = re.compile(r'inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"')
_SOCKET_PATH = re.compile(r'sun_path=@?"([^"]+)"')
_FAMILY = re.compile(r"sa_family=(AF_\w+)")
_KERNEL = frozenset({"AF_NETLINK"})
"""Sockets that lead to the kernel of this machine and nowhere else."""


class Destination(NamedTuple):
    """Where a connection or a datagram was to go; the attempt counts."""

    family: str
    address: str
    port: int


class Call(Struct, frozen=True):
    """One system call. ``rest`` is what follows the result: an error, or the path of a new descriptor."""

    name: str
    arguments: str
    result: int
    rest: str

    @property
    def texts(self) -> list[bytes]:
        """The strings and buffers among the arguments, in their order. Raises ValueError if one was cut."""
        found = _TEXT.findall(self.arguments)
        if any(cut for _, cut in found):
            raise ValueError(f"strace cut a text of {self.name}")
        return [ast.literal_eval(f'b"{text}"') for text, _ in found]

    @property
    def descriptor(self) -> str:
        """What the first descriptor is: a path, `socket:[1]`, `/memfd:name (deleted)`; empty without one."""
        found = _DESCRIPTOR.match(self.arguments)
        return found[1] if found else ""

    @property
    def family(self) -> str:
        """The family of the address among the arguments; empty without one."""
        found = _FAMILY.search(self.arguments)
        return found[1] if found else ""

    def destination(self) -> Destination | None:
        """Return where it sends; None without an address, or for the kernel."""
        if self.name not in DESTINATIONS or not self.family or self.family in _KERNEL:
            return None
        address = _ADDRESS.search(self.arguments) or _SOCKET_PATH.search(self.arguments)
        port = _PORT.search(self.arguments)
        return Destination(self.family, address[1] if address else "", int(port[1]) if port else 0)

    def places(self) -> Iterator[PurePosixPath]:
        """Yield the paths that it creates, or opens for writing; also where that fails. Relative ones as they are."""
        if self.name not in (*OPENS, *NAMES, *RENAMES):
            return
        if self.name in OPENS and not (self.name == "creat" or _WRITING.search(self.arguments)):
            return
        folders = [PurePosixPath(each) for each in _DESCRIPTOR.findall(self.arguments)]
        # The last name is the new one, and comes after its folder.
        named = PurePosixPath(self.texts[-1].decode())
        yield folders[-1] / named if folders else named


class Trace(NamedTuple):
    """The calls of all processes of a run, which started in the folder ``cwd``."""

    calls: tuple[Call, ...]
    cwd: PurePosixPath

    def destinations(self) -> set[Destination]:
        """Return where connections and datagrams were to go."""
        return {found for call in self.calls if (found := call.destination())}

    def places(self) -> set[PurePosixPath]:
        """Return the paths of files and folders that were created or opened for writing."""
        return {self.cwd / place for call in self.calls for place in call.places()}

    def programs(self) -> set[str]:
        """Return the programs that were started, by their path."""
        started = (call for call in self.calls if call.name in RUNS and call.result == 0)
        return {call.texts[0].decode() for call in started}

    def listeners(self) -> list[Call]:
        """Return the calls that take connections of others."""
        return [call for call in self.calls if call.name in SERVERS and call.family not in _KERNEL]

    def copies(self) -> list[Call]:
        """Return the calls that move bytes without showing them."""
        return [call for call in self.calls if call.name in COPIES]

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Yield each buffer that was written or sent in the clear, and where to."""
        for call in self.calls:
            if call.name in WRITES:
                yield call.descriptor, b"".join(call.texts)


def read_trace(folder: Path, *, cwd: Path) -> Trace:
    """Read the files that `traced` has written, one for each thread of programs that stay in ``cwd``."""
    lines = [line for file in sorted(folder.iterdir()) for line in file.read_text("latin-1").splitlines()]
    found = [_LINE.fullmatch(line) for line in lines]
    calls = [
        Call(each["name"], each["arguments"], int(each["result"]), each["rest"])
        for each in found
        if each is not None and each["result"] != "?"
    ]
    return Trace(tuple(calls), PurePosixPath(cwd))


def traced(command: Sequence[str], folder: Path, *, environment: Mapping[str, str], cwd: Path) -> int:
    """Run a command and record it into ``folder``; return its exit status. Its output goes to `output` beside it."""
    folder.mkdir()
    calls = ",".join(f"?{name}" for name in dict.fromkeys(TRACED))
    options = (
        "-ff",
        "--seccomp-bpf",
        "-qq",
        "-y",
        "-s",
        UNLIMITED,
        "-e",
        "signal=none",
        "-e",
        f"trace={calls}",
    )
    with (folder.parent / "output").open("wb") as output:
        done = subprocess.run(
            (str(STRACE), *options, "-o", str(folder / "thread"), *command),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=240,
            check=False,
        )
    return done.returncode
