"""Comments whose content runs on one server only, seen through a migration."""

import asyncio
from pathlib import Path

import pytest

from tests.files import write_set
from tests.servers import Server
from whimbrel import migrate

from .mysql_programs import UNDER_TEST, empty, run_client
from .mysql_server import read_schema

__test__ = bool(UNDER_TEST)
SCRIPT = """\
/*M!999999\\- enable the sandbox mode */
/*! CREATE TABLE on_both (id INT) */;
/*M! CREATE TABLE only_on_mariadb (id INT) */;
/*M!100100 CREATE TABLE only_on_newer_mariadb (id INT COMMENT ';') */;
CREATE TABLE t (id INT /*!50001 , a INT */ /*M! , b INT DEFAULT 1 */);
/*!50003 CREATE PROCEDURE p() SELECT 1 */;
"""


@pytest.mark.parametrize("name", UNDER_TEST)
def test_what_runs_of_a_migrations_comments_is_what_the_client_runs(
    name: str, servers: dict[str, Server], tmp_path: Path
) -> None:
    admin = servers[name].url
    with empty(admin) as ours, empty(admin) as theirs:
        asyncio.run(migrate(ours, write_set(tmp_path / "set", {"V1__comments.sql": SCRIPT}), databases=(name,)))
        run_client(name, theirs, SCRIPT)
        made = {
            view: [row for row in rows if not str(row[0]).startswith("whimbrel_")] for view, rows in read_schema(ours).items()
        }
        assert made == read_schema(theirs)
