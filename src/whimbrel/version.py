"""The version of this distribution, kept in one place: the build reads it from here."""

__version__ = "0.1.0"
