"""The queries of the chat application, in raw SQL, one module for each of the user's documents.

Each repository is created with a DatabaseManager. A broken rule raises RuleViolated, the same on every database. Methods return
None or False for a missing row, and also for another user's row. They need Pydantic, and chatkit_store needs openai-chatkit.
"""

from database.packages import require

require("database.repositories", "pydantic")
