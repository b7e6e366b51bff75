"""Databases of earlier releases, kept as SQL."""
