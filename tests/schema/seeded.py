"""Changes by hand, each with the difference that drift must report."""

from collections.abc import Sequence

# The statements, separated by ";", and a pattern for each difference that must be reported.
Seeded = Sequence[tuple[str, ...]]
