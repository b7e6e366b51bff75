"""One model of a schema, the same for every database: read, compared, rendered."""
