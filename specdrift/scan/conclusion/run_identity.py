"""What makes two runs the same run: the document, the target, the callers and the options that decide what is asked.

How fast it is asked, how it is judged and where it is written may change. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from specdrift.model.result.setting import Setting

FREE = frozenset(
    {
        "spec",
        "fail-on",
        "allow-incomplete",
        "exit-zero",
        "baseline",
        "update-baseline",
        "previous",
        "record",
        "resume",
        "network.concurrency",
        "network.rate-limit",
        "network.timeout",
        "network.overall-timeout",
        "network.retries",
        "network.max-requests",
    }
)
"""Keys that may differ. The document counts by its content, not by its name."""
FREE_GROUP = "reports."
FREE_ENDING = "-file"
"""Certificates count by their content, wherever they lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBinding:
    """``document`` is the SHA-256 of its content; ``identities`` has that of each configured certificate, by name;
    ``options`` are values of settings by dotted key, without secrets.
    """

    version: str
    document: str
    target: str
    identities: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)

    def differences(self, other: "RunBinding") -> Iterator[str]:
        """What is not the same in ``other``, in words."""
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
    """The options of a run, from its settings."""
    return {key: setting.value for key, setting in settings.items()}


def bound(options: Mapping[str, object]) -> dict[str, object]:
    """The options that decide what is asked."""
    return {k: v for k, v in options.items() if not _is_free(k)}


def _is_free(name: str) -> bool:
    return name in FREE or name.startswith(FREE_GROUP) or name.endswith(FREE_ENDING)


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
