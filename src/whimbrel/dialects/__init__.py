"""The contract of a database, and one folder for each database that fulfils it."""
