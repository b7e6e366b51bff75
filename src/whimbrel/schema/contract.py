"""The contract of a database for schemas: read one from the catalog, and render one as SQL. `schema/NAME/` fulfils it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module

from whimbrel.dialects.connection import Connection
from whimbrel.errors import ConfigurationError
from whimbrel.schema.model import Schema

__all__ = ["Inspector", "find_inspector"]


class Inspector(ABC):
    """The functions that read and render the schemas of one database.

    Stateless. `schema/NAME/inspector.py` has its instance, `INSPECTOR`.
    """

    @abstractmethod
    async def read(self, connection: Connection, schema: str, *, needs: bool = True) -> Schema:
        """Return everything in a schema, with at most 3 queries of the catalog. An empty name means the connection's own schema.

        Any user who may read the tables may call it, also behind a transaction pooler. The result includes Whimbrel's own
        tables. The session's settings do not change the result. Without `needs`, which only rendering uses, the result may lack
        `Schema.needs`, and the reading may need one message less.
        """

    @abstractmethod
    def render(self, schema: Schema) -> list[str]:
        """Return the statements that recreate the schema in an empty one, without semicolons, in an order in which they load.

        Names are not qualified with the schema's own name. The same schema gives the same bytes. Raises CannotRender, which
        names the object, for an object that the renderer cannot write as SQL.
        """


def find_inspector(dialect: str) -> Inspector:
    """Return the inspector of a dialect: "postgresql", "mysql" (which serves MariaDB too) or "sqlite".

    Raises ConfigurationError for any other dialect.
    """
    name = f"whimbrel.schema.{dialect}.inspector"
    try:
        inspector: Inspector = import_module(name).INSPECTOR
    except ModuleNotFoundError as error:
        if not name.startswith(str(error.name)):
            raise
        raise ConfigurationError(f"Whimbrel cannot read the schemas of {dialect}") from error
    return inspector
