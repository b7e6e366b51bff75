"""An application's connections: the pool, the lent connection, and transactions."""
