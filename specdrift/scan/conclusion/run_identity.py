"""Decides whether two runs are the same: document, target, callers, and the options that select probes.

Options of speed, judgement and output may differ. Pure.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from specdrift.model.result.setting import Setting

FREE = frozenset(
    {
        "spec",
        "fail-on",
        "allow-incomplete",
        "not-deployed-ok",
        "exit-zero",
        "baseline",
        "update-baseline",
        "baseline-warn-days",
        "previous",
        "profile",
        "record",
        "resume",
        "network.concurrency",
        "network.rate-limit",
        "network.timeout",
        "network.overall-timeout",
        "network.retries",
        "network.max-requests",
        "network.workers",
    }
)
"""Keys that may differ. The document counts by its content, not by its name."""
FREE_GROUP = "reports."
FREE_ENDING = "-file"
"""Certificates count by their content, not by their paths."""


class RunBinding(Struct, frozen=True, kw_only=True):
    """What two runs must have in common."""

    version: str
    document: str
    """SHA-256 of its content."""
    target: str
    identities: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each configured certificate, by name of the identity."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Values of settings by dotted key, without secrets."""

    def differences(self, other: "RunBinding") -> Iterator[str]:
        """Yield the differences to ``other``, as text."""
        if self.version != other.version:
            yield f"specdrift {other.version}, not {self.version}"
        if self.document != other.document:
            yield "another document, or another version of it"
        if self.target != other.target:
            yield f"the target {other.target}, not {self.target}"
        for name in _differing(self.identities, other.identities):
            yield f'another certificate of "{name}"'
        for name in _differing(bound(self.options), bound(other.options)):
            yield f"another value of {name}"


def values_of(settings: Mapping[str, Setting]) -> dict[str, object]:
    """Return the options of a run from its settings."""
    return {key: setting.value for key, setting in settings.items()}


def bound(options: Mapping[str, object]) -> dict[str, object]:
    """Return the options that select probes."""
    return {k: v for k, v in options.items() if not _is_free(k)}


def _is_free(name: str) -> bool:
    return name in FREE or name.startswith(FREE_GROUP) or name.endswith(FREE_ENDING)


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
