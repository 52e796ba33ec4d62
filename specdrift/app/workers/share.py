"""What one of several processes gets of a run: its operations, files of its own, and its share of the limits. Pure."""

from pathlib import Path

from msgspec.structs import replace

from specdrift.settings import RecordingSettings, Settings

Part = tuple[int, int]
"""Number of a part of the operations, from 1, and the number of parts."""


def file_of(file: Path, part: Part | None) -> Path:
    """Return the file that a process writes; parts run in parallel and have their own (``orders.rec.1-3``)."""
    return file.with_name(f"{file.name}.{part[0]}-{part[1]}") if part else file


def share_of(settings: Settings, part: Part, *, origin: str) -> Settings:
    """Limit the settings to a part of the operations, with its share of the target's limits.

    ``origin`` is the key or option that divides the operations.
    """
    network, recording, count = settings.network, settings.recording, part[1]
    rate, budget = network.rate_limit, network.max_requests
    return replace(
        settings,
        selection=replace(settings.selection, shard=part),
        origins={**settings.origins, "shard": origin},
        recording=RecordingSettings(
            record=file_of(recording.record, part) if recording.record else None,
            resume=file_of(recording.resume, part) if recording.resume else None,
        ),
        network=replace(
            network,
            rate_limit=rate / count if rate else None,
            max_requests=budget // count if budget is not None else None,
            concurrency=max(1, network.concurrency // count),
        ),
    )
