"""The reviews of migrations: parity."""
