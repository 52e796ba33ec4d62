"""Resolves the name of a git revision. A name with two meanings is refused: a change could bring one of them."""

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from specdrift.loader.sources.git_command import GitError, GitFailure, git

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ABBREVIATED = re.compile(r"(?:.*-g)?(?P<digits>[0-9a-f]{4,63})")
_SUFFIX = re.compile(r"[~^]|@\{")
"""Begins what git computes from a name, as in ``main~2``."""
_PLACES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_PEELED = "^{}"


class ObjectKind(StrEnum):
    """What a revision is resolved to."""

    COMMIT = "commit"
    TREE = "tree"


def resolve(name: str, *, cwd: Path, kind: ObjectKind = ObjectKind.COMMIT) -> str:
    """Return the id of the object that ``name`` stands for.

    Git takes a tag where a branch has the name too, and warns: the author of a change, who pushes a tag, would
    choose what the change is compared with. Raises GitError with UNKNOWN_REVISION or AMBIGUOUS_REVISION.
    """
    found = _object(name, cwd, kind)
    base = _SUFFIX.split(name, maxsplit=1)[0]
    if _FULL.fullmatch(base) or base in ("", "@", "HEAD"):
        return found
    own = found if (base, kind) == (name, ObjectKind.COMMIT) else _peeled(base, cwd)
    if any(other != own for other in _other_meanings(base, cwd)):
        raise GitError(GitFailure.AMBIGUOUS_REVISION, name)
    return found


def _object(name: str, cwd: Path, kind: ObjectKind) -> str:
    if name.startswith("-"):
        raise GitError(GitFailure.UNKNOWN_REVISION, name)
    try:
        return _text("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{{kind}}}", cwd=cwd)
    except GitError as error:
        if error.status == 1:  # `--quiet`: 1 for an unknown name, 128 where git cannot work
            raise GitError(GitFailure.UNKNOWN_REVISION, name) from None
        raise


def _peeled(name: str, cwd: Path) -> str:
    """Return the object of a name, tags followed; it may be no commit."""
    return _text("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{}}", cwd=cwd)


def _other_meanings(name: str, cwd: Path) -> Iterator[str]:
    """Yield each object that ``name`` may stand for; an empty string for one that this clone lacks."""
    refs = _refs_named(name, cwd)
    places = _meant(name)
    taken = [ref for ref in places if ref in refs]
    yield from (refs[ref] for ref in taken)
    if taken == [f"refs/tags/{name}"]:
        # A clone has the branches of others as refs/remotes/REMOTE/NAME.
        yield from (refs[ref] for ref in refs if ref.startswith("refs/remotes/"))
    if (places == (name,) and not taken) or (
        _names_remote_branch(name, cwd) and f"refs/remotes/{name}" not in refs
    ):
        yield ""
    digits = _ABBREVIATED.fullmatch(name)
    if digits and taken:
        yield from _text("rev-parse", f"--disambiguate={digits['digits']}", cwd=cwd).splitlines()


def _meant(name: str) -> tuple[str, ...]:
    """Return the references that git takes ``name`` for. A complete one is meant itself."""
    return (name,) if name.startswith("refs/") else tuple(place.format(name) for place in _PLACES)


def _names_remote_branch(name: str, cwd: Path) -> bool:
    """Whether the name begins with that of a remote, as in ``origin/main``."""
    remotes = _text("remote", cwd=cwd).splitlines() if "/" in name and not name.startswith("refs/") else []
    return any(name.startswith(f"{remote}/") for remote in remotes)


def _refs_named(name: str, cwd: Path) -> dict[str, str]:
    """Return each reference that ends with the name, and its object, tags followed."""
    try:
        listed = _text("show-ref", "--dereference", "--", name, cwd=cwd)
    except GitError as error:
        if error.failure is GitFailure.FAILED and error.status == 1:
            return {}
        raise
    refs: dict[str, str] = {}
    for line in listed.splitlines():
        target, _, ref = line.partition(" ")
        refs[ref.removesuffix(_PEELED)] = target
    return refs


def _text(*arguments: str, cwd: Path) -> str:
    return os.fsdecode(git(*arguments, cwd=cwd)).strip()
