"""Databases as earlier releases left them, kept as SQL."""
