"""The number of examples of an expensive or a cheap property."""

from hypothesis import settings


def examples(number: int) -> int:
    """Return the number of examples in the whole suite; the profile of `./dev test --fast` caps it."""
    profile = settings.get_current_profile_name()
    return min(number, settings.get_profile(profile).max_examples) if profile == "fast" else number
