"""Drivers that only some addresses need. If one is missing, the error says which package to install."""

from __future__ import annotations

from importlib.util import find_spec

from whimbrel.errors import ConfigurationError

__all__ = ["require"]


def require(what: str, *packages: str) -> None:
    """Raise ConfigurationError if one of the packages that `what` needs is not installed."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        told = f"{' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed"
        raise ConfigurationError(f"{what} needs {told}; run: pip install {' '.join(missing)}")
