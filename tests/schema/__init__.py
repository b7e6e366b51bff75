"""Models of schemas: read, compared, kept."""
