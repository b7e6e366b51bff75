"""Changes by hand, each with the difference that drift must name."""

from collections.abc import Sequence

# SQL, statements parted by ";" at the end of each, and a pattern for each difference that must be told.
Seeded = Sequence[tuple[str, ...]]
