"""Packages that only a part of Whimbrel needs. Where one is missing, what to install is told, and no bare ModuleNotFoundError."""

from __future__ import annotations

from importlib.util import find_spec

from whimbrel.errors import ConfigurationError

__all__ = ["require"]

# Where a package is not imported by its own name.
_MODULES = {"argon2-cffi": "argon2", "openai-chatkit": "chatkit"}


def require(what: str, *packages: str) -> None:
    """Raise ConfigurationError if one of the packages that `what` needs is not installed."""
    missing = [package for package in packages if find_spec(_MODULES.get(package, package)) is None]
    if missing:
        told = f"{' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed"
        raise ConfigurationError(f"{what} needs {told}; run: pip install {' '.join(missing)}")
