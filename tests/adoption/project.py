"""The small project whose migrations every tool applied: steps, each with the statements that undo it. Pure.

Five steps: two tables with keys, defaults and a check; an index; rows; later columns; and an index that PostgreSQL builds outside
of a transaction. The sixth is written for Whimbrel, after the adoption.
"""

from typing import NamedTuple

MYSQL = ("mysql", "mariadb")


class Step(NamedTuple):
    """One migration: its statements without semicolons, and those that undo it."""

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    transaction: bool = True


_CUSTOMERS = """CREATE TABLE customers (
    id INTEGER NOT NULL PRIMARY KEY,
    email VARCHAR(100) NOT NULL,
    tier VARCHAR(20) DEFAULT 'basic' NOT NULL,
    credit INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT customers_email UNIQUE (email),
    CONSTRAINT customers_credit CHECK (credit >= 0)
)"""
_ORDERS = """CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    total DECIMAL(10, 2) DEFAULT 0 NOT NULL,
    placed_on DATE,
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
)"""
# This text has a semicolon and two dashes; a splitter that cuts at each semicolon would break here.
_ROWS = (
    "INSERT INTO customers (id, email, tier, credit) VALUES "
    "(1, 'a@shop.example', 'basic', 250), (2, 'b@shop.example', 'a; -- b', 0)",
    "INSERT INTO orders (id, customer_id, total, placed_on) VALUES (10, 1, 19.90, '2024-02-29')",
    "UPDATE customers SET tier = 'gold' WHERE credit > 100",
)


def steps(database: str) -> tuple[Step, ...]:
    """Return the steps that the tool applied."""
    on = " ON orders" if database in MYSQL else ""
    by_total = "CREATE INDEX CONCURRENTLY" if database == "postgresql" else "CREATE INDEX"
    return (
        Step("accounts", (_CUSTOMERS, _ORDERS), ("DROP TABLE orders", "DROP TABLE customers")),
        Step(
            "order_index",
            ("CREATE INDEX orders_by_date ON orders (customer_id, placed_on)",),
            (f"DROP INDEX orders_by_date{on}",),
        ),
        Step("first_rows", _ROWS, ("DELETE FROM orders", "DELETE FROM customers")),
        Step(
            "contact",
            (
                "ALTER TABLE customers ADD COLUMN phone VARCHAR(20)",
                "ALTER TABLE orders ADD COLUMN paid INTEGER DEFAULT 0 NOT NULL",
            ),
            ("ALTER TABLE customers DROP COLUMN phone", "ALTER TABLE orders DROP COLUMN paid"),
        ),
        Step("total_index", (f"{by_total} orders_by_total ON orders (total)",), (f"DROP INDEX orders_by_total{on}",), False),
    )


def next_step(orders: str) -> Step:
    """Return the first step after the move; `orders` is the name of the table."""
    up = ("CREATE TABLE invoices (id INTEGER NOT NULL PRIMARY KEY, order_id INTEGER NOT NULL)",)
    return Step("invoices", (*up, f"ALTER TABLE {orders} ADD COLUMN note VARCHAR(80)"), ())


def body(statements: tuple[str, ...]) -> str:
    """Return statements as the text of a file."""
    return "".join(f"{statement};\n" for statement in statements)
