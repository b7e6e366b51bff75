"""`python main.py` for tests of HTTP. Its hashes cost a hundredth: most tests register users, and test none of the costs."""

import sys

from argon2 import PasswordHasher

from application import passwords

passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)

if __name__ == "__main__":
    import main

    sys.exit(main.main())
