"""The project as Alembic has it: its environment and five revisions. Pure."""

__all__ = ["REVISIONS", "alembic_files"]

REVISIONS = ("1f0a7c3d9e21", "2b6de41c8f05", "3c9912aa7b64", "4d05f8e1c2b7", "5e77a0b3d948")

_SETTINGS = """[alembic]
script_location = alembic
sqlalchemy.url = {address}
"""
_ENVIRONMENT = """from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")


def run(**options):
    context.configure(transaction_per_migration=True, **options)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        run(connection=connection)
"""
_REVISION = '''"""{name}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
{up}

def downgrade() -> None:
{down}'''
_STEPS = (
    (
        "accounts",
        """    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(100), nullable=False),
        sa.Column("tier", sa.String(20), server_default="basic", nullable=False),
        sa.Column("credit", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email", name="customers_email"),
        sa.CheckConstraint("credit >= 0", name="customers_credit"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(10, 2), server_default="0", nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="orders_customer"),
    )
""",
        """    op.drop_table("orders")
    op.drop_table("customers")
""",
    ),
    (
        "order_index",
        """    op.create_index("orders_by_date", "orders", ["customer_id", "placed_on"])
""",
        """    op.drop_index("orders_by_date", "orders")
""",
    ),
    (
        "first_rows",
        """    integer, text = sa.Integer(), sa.String()
    columns = [sa.column("id", integer), sa.column("email", text), sa.column("tier", text), sa.column("credit", integer)]
    customers = sa.table("customers", *columns)
    rows = [(1, "ana@example.org", "basic", 250), (2, "bo@example.org", "a; -- ?", 0)]
    op.bulk_insert(customers, [dict(zip(("id", "email", "tier", "credit"), row)) for row in rows])
    op.execute("INSERT INTO orders (id, customer_id, total, placed_on) VALUES (10, 1, 19.90, '2024-02-29')")
    op.execute("UPDATE customers SET tier = 'gold' WHERE credit > 100")
""",
        """    op.execute("DELETE FROM orders")
    op.execute("DELETE FROM customers")
""",
    ),
    (
        "contact",
        """    op.add_column("customers", sa.Column("phone", sa.String(20), nullable=True))
    op.add_column("orders", sa.Column("paid", sa.Integer(), server_default="0", nullable=False))
""",
        """    op.drop_column("customers", "phone")
    op.drop_column("orders", "paid")
""",
    ),
    (
        "total_index",
        """    with op.get_context().autocommit_block():
        op.create_index("orders_by_total", "orders", ["total"], postgresql_concurrently=True)
""",
        """    op.drop_index("orders_by_total", "orders")
""",
    ),
)


def alembic_files(address: str) -> dict[str, str]:
    """Return the files of the project, for the address of a database."""
    found = {"alembic.ini": _SETTINGS.format(address=address), "alembic/env.py": _ENVIRONMENT}
    for number, (name, up, down) in enumerate(_STEPS):
        before = REVISIONS[number - 1] if number else None
        text = _REVISION.format(name=name.replace("_", " "), revision=REVISIONS[number], before=before, up=up, down=down)
        found[f"alembic/versions/{REVISIONS[number]}_{name}.py"] = text
    return found
