"""The plan of a migration, pure: which statements run, in which batches, and where an interrupted run resumes."""
