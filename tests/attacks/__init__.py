"""What an attacker, and a database that is away, try: each of it with its answer."""
