"""PostgreSQL: its catalog as a model, and a model as its SQL."""
