"""On what was measured: nothing that names the machine."""

import os
import platform
import ssl
from pathlib import Path

from benchmarks.peers import library


def described() -> str:
    """The kind of machine and the versions that matter to everything measured."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores of {_processor()}, {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, {ssl.OPENSSL_VERSION.rpartition(' ')[0].rpartition(' ')[0]}, "
        f"{_nginx()}, {library('h11')}, {library('h2')}, {library('PyYAML')}, {library('Jinja2')}"
    )


def busy() -> float:
    """Processes that wanted to run over the last minute, for each core."""
    return os.getloadavg()[0] / len(os.sched_getaffinity(0))


def machine_cpu_s() -> float:
    """Return the processor seconds of all processes since the start of the machine (Linux)."""
    user, nice, system = Path("/proc/stat").read_text(encoding="utf-8").split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "a processor")


def _nginx() -> str:
    from benchmarks.peers import named

    return named("nginx", "nginx", option="-v")
