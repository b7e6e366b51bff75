"""The schemas of MySQL and MariaDB: read from information_schema, rendered as SQL."""
