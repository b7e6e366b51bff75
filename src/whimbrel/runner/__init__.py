"""Running a plan: it sends statements, records them, and reports failures."""
