"""One verb, one file: the library function and the command together.

A command is a module with `HELP`, `EXAMPLE`, `configure(parser)` and `async main(arguments)`, which returns the exit code and the
output. `DOCUMENT` is the type of the document that it prints with --json; schemas/VERB.json describes it. The command line finds
the module by its name.
"""

from time import monotonic

# When this program began to load its modules. The progress line appears by this clock.
STARTED = monotonic()
