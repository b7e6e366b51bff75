"""The scripts that are cut: short statements, long literals, and functions of each kind."""

SENTENCE = "The quick brown fox doesn't jump; it's -- as ever -- asleep (again). "


def short(count: int = 8_000) -> str:
    """INSERTs of some 60 characters."""
    return "".join(f"INSERT INTO t{n % 7} (id, name, n) VALUES ({n}, 'name {n}', {n * 3});\n" for n in range(count))


def long_literals(count: int = 60) -> str:
    """INSERTs of a text of 20,000 characters, with quotes, semicolons and dashes in it."""
    literal = (SENTENCE * 300).replace("'", "''")
    return "".join(f"INSERT INTO documents (id, body) VALUES ({n}, '{literal}');\n" for n in range(count))


def dollar_functions(count: int = 1_500) -> str:
    """PostgreSQL's functions, their bodies in dollar quotes."""
    return "".join(_DOLLAR.replace("%", str(n)) for n in range(count))


def atomic_functions(count: int = 1_500) -> str:
    """PostgreSQL's functions, their bodies in BEGIN ATOMIC ... END."""
    return "".join(_ATOMIC.replace("%", str(n)) for n in range(count))


def triggers(count: int = 1_500) -> str:
    """SQLite's triggers."""
    return "".join(_TRIGGER.replace("%", str(n)) for n in range(count))


def procedures(count: int = 1_000) -> str:
    """MySQL's procedures as a program hands them over, without DELIMITER."""
    return "".join(_PROCEDURE.replace("%", str(n)) + ";\n" for n in range(count))


def delimited_procedures(count: int = 1_000) -> str:
    """MySQL's procedures as its own client, and mysqldump, write them."""
    return "DELIMITER //\n" + "".join(_PROCEDURE.replace("%", str(n)) + " //\n" for n in range(count)) + "DELIMITER ;\n"


_DOLLAR = """CREATE FUNCTION f%(a integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE total integer := 0;
BEGIN
  -- add it up; slowly
  FOR i IN 1..a LOOP total := total + i; IF total > 100 THEN RETURN total; END IF; END LOOP;
  RETURN total;
END
$$;
"""
_ATOMIC = """CREATE FUNCTION f%(a integer) RETURNS integer LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO log VALUES (a, 'called; with', CASE WHEN a > 1 THEN 'many' ELSE 'one' END);
  SELECT a + 1 AS result FROM t WHERE t.id = a ORDER BY t.id LIMIT 1;
END;
"""
_TRIGGER = """CREATE TRIGGER r% AFTER INSERT ON t FOR EACH ROW WHEN NEW.id > 0
BEGIN
  -- keep count; slowly
  UPDATE counters SET n = n + CASE WHEN NEW.id > 1 THEN 2 ELSE 1 END WHERE name = 'called; with';
  INSERT INTO log VALUES (NEW.id, 'called', datetime('now'));
END;
"""
_PROCEDURE = """CREATE PROCEDURE p%(IN a INTEGER)
BEGIN
  DECLARE total INTEGER DEFAULT 0;
  -- add it up; slowly
  adding: WHILE a > 0 DO
    SET total = total + a, a = a - 1;
    IF total > 100 THEN LEAVE adding; END IF;
  END WHILE;
  INSERT INTO log VALUES (a, 'called; with', CASE WHEN a > 1 THEN 'many' ELSE 'one' END);
  SELECT total AS result FROM t WHERE t.id = a ORDER BY t.id LIMIT 1;
END"""
