"""What a migration means before it runs: the same on every database (parity)."""
