"""One verb, one file: the library function and the command together.

A command is a module with `HELP`, `EXAMPLE`, `configure(parser)` and `async main(arguments)`, which returns the exit code and the
output. The command line finds it by its name.
"""
