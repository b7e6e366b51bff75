"""The peers whose migrations are files of SQL: yoyo, dblift, sqlspec, dbmate."""

from benchmarks.peers.contender import Contender, Job, sql_file
from benchmarks.peers.environments import npm, pypi


def _yoyo(job: Job) -> list[str]:
    address = job.address("postgresql" if job.url.dialect == "postgresql" else "mysql")
    return [job.program("yoyo"), "apply", "--batch", "--no-config-file", "--database", address, "migrations"]


def _dblift(job: Job) -> list[str]:
    driver = "psycopg" if job.url.dialect == "postgresql" else "pymysql"
    return [job.program("dblift"), "--db-url", job.address(f"{job.url.dialect}+{driver}"), "migrate"]


_SETTINGS = """\
from sqlspec.adapters.{module} import {name}

config = {name}(connection_config={connection!r}, migration_config={{"script_location": "migrations"}})
"""


def _sqlspec(job: Job) -> list[str]:
    url = job.url
    connection: dict[str, object]
    if url.dialect == "sqlite":
        module, name, connection = "aiosqlite", "AiosqliteConfig", {"database": url.database}
    elif url.dialect == "postgresql":
        module, name, connection = "asyncpg", "AsyncpgConfig", {"dsn": job.address("postgresql")}
    else:
        module, name = "aiomysql", "AiomysqlConfig"
        where = {"host": url.host, "port": url.port or 3306, "database": url.database}
        connection = {**where, "user": url.user, "password": job.password}
    job.write("settings.py", _SETTINGS.format(module=module, name=name, connection=connection))
    return [job.program("sqlspec"), "--config", "settings.config", "upgrade", "--no-prompt"]


def _dbmate(job: Job) -> list[str]:
    postgresql = job.url.dialect == "postgresql"
    address = job.address("postgres" if postgresql else "mysql", "sqlite:") + ("?sslmode=disable" if postgresql else "")
    # It would call the database's own program for a dump of the schema.
    return [job.program("dbmate"), "--url", address, "--migrations-dir", "migrations", "--no-dump-schema", "migrate"]


YOYO = Contender(
    "yoyo",
    pypi(
        "yoyo-migrations",
        "9.0.0",
        beside=("psycopg2-binary", "PyMySQL", "cryptography"),
        told=("psycopg2-binary", "PyMySQL"),
    ),
    _yoyo,
    sql_file("migrations/#_step.sql"),
)
DBLIFT = Contender(
    "dblift",
    pypi("dblift", "5.1.0", extras="cli,postgresql,mysql,mariadb", beside=("cryptography",), told=("psycopg", "PyMySQL")),
    _dblift,
    sql_file("migrations/V#__step.sql"),
)
SQLSPEC = Contender(
    "sqlspec",
    pypi(
        "sqlspec",
        "0.69.0",
        extras="cli,asyncpg,aiomysql,aiosqlite",
        beside=("cryptography",),
        told=("asyncpg", "aiomysql", "aiosqlite"),
    ),
    _sqlspec,
    sql_file("migrations/#_step.sql", "-- name: migrate-#-up\n"),
)
DBMATE = Contender(
    "dbmate",
    npm("dbmate", "2.36.0"),
    _dbmate,
    sql_file("migrations/#_step.sql", "-- migrate:up\n", "-- migrate:down\n"),
    python=False,
)
