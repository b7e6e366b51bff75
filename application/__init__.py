"""The chat application over HTTP: one module for each subject, with its routes and their input and output models.

`build(url)` creates it. It needs the packages of the extra `app`; no other package imports it.
"""

from database.packages import require

try:
    from application.app import SETS, build
except ModuleNotFoundError:
    require("application", "argon2-cffi", "fastapi", "pydantic")
    raise

__all__ = ["SETS", "build"]
