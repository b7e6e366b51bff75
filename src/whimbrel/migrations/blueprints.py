"""The golden rule: a set below a folder `tenant` is a blueprint, applied to each tenant's schema; other sets are global.

`is_blueprint` decides by the path alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from whimbrel.errors import ConfigurationError
from whimbrel.messages.suggestion import command
from whimbrel.migrations.reader import check_folder
from whimbrel.migrations.set_directives import with_settings

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["check_global", "find_blueprints", "is_blueprint", "path_of"]

_ROOT, _BLUEPRINTS = "sql", "tenant"


def is_blueprint(path: PurePath) -> bool:
    """Whether the set in this folder belongs in each tenant's schema.

    Only the path below the last folder `sql` counts; without such a folder, only the folder's own name and its parent's. So a
    home directory /home/tenant does not make a set a blueprint.
    """
    parts = path.parts
    below = parts[len(parts) - parts[::-1].index(_ROOT) :] if _ROOT in parts else parts[-2:]
    return _BLUEPRINTS in below


def path_of(folder: str | Traversable) -> PurePath:
    """Return the full path of a set's folder. Raises ConfigurationError if `folder` is not the path of a folder."""
    check_folder(folder)
    return Path(os.path.abspath(folder)) if isinstance(folder, str | Path) else PurePath(str(folder))  # noqa: PTH100  # follows no link


def check_global(folders: Sequence[str | Traversable]) -> None:
    """Raise ConfigurationError if one of the sets is a blueprint."""
    for folder in folders:
        if is_blueprint(path_of(folder)):
            raise ConfigurationError(
                f"{folder} is a blueprint: it belongs in each tenant's schema, not in this one\n"
                f"  next: {command('tenants sync', folder=str(folder))}; or name the schema, with --schema"
            )


def find_blueprints(folders: Sequence[str | Traversable]) -> list[str | Traversable]:
    """Return the sets in these folders: the folder itself and each folder in it, if they have migrations.

    Raises ConfigurationError for the folder of a global set.
    """
    found: list[str | Traversable] = []
    for folder in folders:
        if not is_blueprint(path_of(folder)):
            raise ConfigurationError(
                f"{folder} is a global set; apply it: {command('migrate', folder=str(folder))}; or move the sets of tenants "
                "to a folder `tenant`"
            )
        root: Traversable = Path(folder) if isinstance(folder, str) else folder
        inner = sorted(root.iterdir(), key=lambda one: one.name) if root.is_dir() else []
        sets = [one for one in (root, *inner) if one.is_dir() and _has_migrations(one)]
        # The reader reports a folder without migrations.
        found += [with_settings(folder, one) for one in sets or [root]]
    return found


def _has_migrations(folder: Traversable) -> bool:
    return any(file.name.lower().endswith(".sql") and not file.name.startswith(".") for file in folder.iterdir())
