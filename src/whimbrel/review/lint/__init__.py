"""lint: what the statements of a file do to a running service, measured on a server or read from recorded facts."""
