"""The connections of an application: the pool, what it lends, and transactions."""
