"""Company files to start with: an empty one with the stock lists, and demo companies whose books add up.

Everything is written through `Company`, by the same rules as the API, so the emulator computes
every total and balance itself.
"""

from emulator.seed.demo import demo, empty, populate

__all__ = ["demo", "empty", "populate"]
