"""What was changed by hand, and what drift must tell of it."""

from collections.abc import Sequence

# SQL, statements parted by ";" at the end of each, and a pattern for each difference that must be told.
Seeded = Sequence[tuple[str, ...]]
