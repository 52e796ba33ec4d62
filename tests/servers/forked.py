"""Starts the servers that are Python programs of this repository, as forks of a process that has imported them.

A new interpreter spends as much time on its imports as on all requests of a check.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from multiprocessing.context import SpawnContext
from threading import Thread
from typing import TYPE_CHECKING

from specdrift.fleet.processes import PRELOADED, process_context, take_environment
from tests.servers.process import ANNOUNCEMENT, ROOT, STOP_SECONDS, Running, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.context import ForkServerContext
    from multiprocessing.process import BaseProcess
    from pathlib import Path

PROGRAMS = tuple(
    f"tests.servers.{family}.serve"
    for family in ("python", "odd", "denials", "leaks", "pages", "issuer", "elsewhere", "owned", "defaults")
)
PRELOADED.extend((__name__, *PROGRAMS, "specdrift.cli.commands.checking.check"))


@contextmanager
def forked(program: str, arguments: Sequence[str], *, workdir: Path) -> Iterator[Running]:
    """Run one of `PROGRAMS` in a process of its own; it binds port 0 and prints `listening on PORT`."""
    log = workdir / "server.log"
    process = program_process(program, arguments, log=log)
    try:
        port = int(until(lambda: ANNOUNCEMENT.search(log.read_bytes()), lambda: process.exitcode, log)[1])
        yield Running(base_url=f"https://127.0.0.1:{port}")
    finally:
        _stop(process)


def program_process(
    program: str, arguments: Sequence[str], *, log: Path, environ: Mapping[str, str] | None = None
) -> BaseProcess:
    """Start a module as `python -m` would, as a fork; `environ` are variables that it has in addition."""
    log.touch()
    variables = {**os.environ, **(environ or {})}
    arguments = tuple(arguments)
    process = _context().Process(target=_run, args=(program, arguments, str(log), variables), daemon=True)
    process.start()
    return process


def command(arguments: Sequence[str]) -> BaseProcess:
    """Start the real command as a fork, in the checkout. It writes to no terminal, and ends with its exit status."""
    process = _context().Process(target=_command, args=(tuple(arguments),), daemon=True)
    process.start()
    return process


def _command(arguments: Sequence[str]) -> None:
    from specdrift.cli.main import entry

    os.chdir(ROOT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sys.argv = ["specdrift", *arguments]
    entry()


@cache
def _context() -> ForkServerContext:
    context = process_context()
    assert not isinstance(context, SpawnContext), "this system cannot fork"
    return context


def _run(program: str, arguments: Sequence[str], log: str, variables: dict[str, str]) -> None:
    """Become the program, as `python -m` would start it."""
    os.setpgid(0, 0)  # so that its children are stopped with it
    take_environment(variables)
    Thread(target=_end_with_the_tests, daemon=True).start()
    os.chdir(ROOT)
    sink = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(sink, stream)
    sys.argv = [program, *arguments]
    import_module(program).main()


def _end_with_the_tests() -> None:
    """Leave no server behind tests that were killed."""
    tests = multiprocessing.parent_process()
    assert tests
    tests.join()
    os._exit(1)


def _stop(process: BaseProcess) -> None:
    assert process.pid
    process.terminate()
    process.join(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.join()
    process.close()
