"""The text of statements as data, as far as it decides their facts: columns, constraints, actions, and the tables they make."""
