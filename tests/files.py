"""Folders of migrations for the tests."""

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
AUTH = str(ROOT / "sql" / "auth")
CHAT = str(ROOT / "sql" / "chat")


def write_set(folder: Path, files: Mapping[str, str | bytes]) -> str:
    """Write a set and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(folder)
