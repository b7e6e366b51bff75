"""One file a database: the only place that imports a driver or knows a database's quirks."""
