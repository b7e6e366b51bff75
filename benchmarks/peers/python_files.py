"""The peers whose migrations are files of Python around SQL: alembic, aerich."""

import subprocess

from benchmarks.peers.contender import Contender, Job, Migration, script
from benchmarks.peers.environments import pypi

_REVISION = '''\
"""Step {number}."""

from alembic import op

revision = "{number:04d}"
down_revision = {before!r}
branch_labels = None
depends_on = None

STATEMENTS = {statements!r}


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    pass
'''


def _alembic(job: Job) -> list[str]:
    program = job.program("alembic")
    _prepare(job, [program, "init", "--template", "async", "migrations"])
    driver = "postgresql+asyncpg" if job.url.dialect == "postgresql" else f"{job.url.dialect}+aiomysql"
    # A percent sign begins a reference in this format.
    address = job.address(driver, "sqlite+aiosqlite:///").replace("%", "%%")
    lines = (job.folder / "alembic.ini").read_text().splitlines()
    address_line = f"sqlalchemy.url = {address}"
    job.write("alembic.ini", "\n".join(address_line if line.startswith("sqlalchemy.url") else line for line in lines))
    return [program, "upgrade", "head"]


def _revision(number: int, statements: Migration) -> tuple[str, str]:
    before = f"{number - 1:04d}" if number > 1 else None
    # A colon begins a parameter of op.execute.
    escaped = [statement.replace(":", "\\:") for statement in statements]
    return f"migrations/versions/{number:04d}_step.py", _REVISION.format(number=number, before=before, statements=escaped)


_PROJECT = """\
[tool.aerich]
tortoise_orm = "settings.TORTOISE_ORM"
location = "./migrations"
src_folder = "."
"""
_UPGRADE = '''\
from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
{script}"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""
'''


def _aerich(job: Job) -> list[str]:
    address = job.address("postgres" if job.url.dialect == "postgresql" else "mysql", "sqlite://")
    settings = {"connections": {"default": address}, "apps": {"models": {"models": ["aerich.models"]}}}
    job.write("settings.py", f"TORTOISE_ORM = {settings!r}\n")
    job.write("pyproject.toml", _PROJECT)
    program = job.program("aerich")
    # This is aerich's own migration 0, which makes its history table.
    _prepare(job, [program, "init-migrations"])
    return [program, "upgrade"]


def _upgrade(number: int, statements: Migration) -> tuple[str, str]:
    text = script(statements).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f"migrations/models/{number}_20260101000000_step.py", _UPGRADE.format(script=text)


def _prepare(job: Job, command: list[str]) -> None:
    subprocess.run(command, cwd=job.folder, check=True, stdout=subprocess.DEVNULL)


_DRIVERS = ("asyncpg", "aiomysql", "aiosqlite")
ALEMBIC = Contender(
    "alembic",
    pypi(
        "alembic",
        "1.20.1",
        beside=("sqlalchemy[asyncio]", *_DRIVERS, "cryptography"),
        told=("SQLAlchemy", *_DRIVERS),
    ),
    _alembic,
    _revision,
)
AERICH = Contender(
    "aerich",
    pypi("aerich", "0.10.1", extras="toml", beside=(*_DRIVERS, "cryptography"), told=("tortoise-orm", *_DRIVERS)),
    _aerich,
    _upgrade,
)
