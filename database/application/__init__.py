"""The chat application over HTTP: one module a subject, each with its routes and what goes in and comes out of them.

`build(url)` makes it. It needs the extra `app`; nothing else of the package imports it.
"""

from database.application.build import SETS, build

__all__ = ["SETS", "build"]
