"""The queries of the chat application, in raw SQL, one module for each of the user's documents.

Each is made with a DatabaseManager. A broken rule raises RuleViolated, the same on every database; what is not there, and what
belongs to somebody else, is answered with None or False alike. They need Pydantic, and chatkit_store openai-chatkit.
"""

from whimbrel.extras import require

require("database.repositories", "pydantic")
