"""The chat application over HTTP: one module a subject, each with its routes and what goes in and comes out of them.

`build(url)` makes it. It needs the packages of the extra `app`; nothing else of the package imports it.
"""

from whimbrel.extras import require

try:
    from application.app import SETS, build
except ModuleNotFoundError:
    require("application", "argon2-cffi", "fastapi", "pydantic")
    raise

__all__ = ["SETS", "build"]
