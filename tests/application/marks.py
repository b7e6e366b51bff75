"""The databases on which a test of the application runs, where its rule does not depend on all of them."""

import pytest

__all__ = ["ANY_SERVER", "EVERYWHERE", "ONCE"]

# A test of HTTP whose outcome does not depend on the database. It runs only on the strictest database.
ONCE = pytest.mark.only("postgresql")
# A variant of a test that runs everywhere in its plain form: more workers, the background, another signal. It may depend on
# whether there is a server, but not on which one.
ANY_SERVER = pytest.mark.only("sqlite", "postgresql")
# The exception in a module of ONCE.
EVERYWHERE = pytest.mark.only("sqlite", "postgresql", "mysql", "mariadb")
