"""What a report of a defect needs to know about an installation. No path, host or user of the machine."""

import platform
import ssl
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from specdrift import __version__

_NAME_ENDS = "<>=!~;[( "


def lines() -> Iterator[str]:
    """Yield versions: specdrift, Python, operating system, OpenSSL, and the packages that it depends on."""
    yield f"specdrift {__version__}"
    yield f"{platform.python_implementation()} {platform.python_version()}"
    yield platform.platform()
    yield f"{ssl.OPENSSL_VERSION} (ssl)"
    yield from _packages()


def _packages() -> Iterator[str]:
    names = {_name(requirement): "extra ==" in requirement for requirement in requires("specdrift") or ()}
    for name, optional in sorted(names.items()):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            if not optional:
                yield f"{name} is missing"


def _name(requirement: str) -> str:
    ends = (requirement.find(mark) for mark in _NAME_ENDS)
    return requirement[: min((end for end in ends if end > 0), default=len(requirement))]
