-- Double-entry accounting: domains, composite types, SQL functions with bodies that the server parses, rules, audit by inheritance.
CREATE DOMAIN amount AS numeric(18, 4) NOT NULL DEFAULT 0 CONSTRAINT amount_is_small CHECK (abs(VALUE) < 1e12);
CREATE TYPE account_kind AS ENUM ('asset', 'liability', 'equity', 'income', 'expense');
CREATE TYPE money_in AS (value numeric(18, 4), currency char(3));
CREATE SEQUENCE journal_number AS integer START WITH 10000 INCREMENT BY 1 CACHE 1 NO CYCLE;
CREATE TABLE audited (changed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, changed_by name NOT NULL DEFAULT CURRENT_USER);
CREATE TABLE accounts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code varchar(10) NOT NULL UNIQUE,
    kind account_kind NOT NULL,
    parent integer REFERENCES accounts DEFERRABLE,
    opened daterange NOT NULL DEFAULT '[2000-01-01,)'
) INHERITS (audited);
CREATE TABLE journals (
    number integer PRIMARY KEY DEFAULT nextval('journal_number'),
    booked date NOT NULL DEFAULT CURRENT_DATE,
    memo text,
    reversed integer UNIQUE REFERENCES journals
) INHERITS (audited);
ALTER SEQUENCE journal_number OWNED BY journals.number;
CREATE TABLE entries (
    journal integer NOT NULL REFERENCES journals,
    line smallint NOT NULL,
    account integer NOT NULL REFERENCES accounts,
    debit amount,
    credit amount,
    original money_in,
    PRIMARY KEY (journal, line),
    CONSTRAINT one_side CHECK ((debit = 0) <> (credit = 0))
);
CREATE FUNCTION balance(which integer, until date DEFAULT CURRENT_DATE) RETURNS numeric LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(sum(e.debit - e.credit), 0)
    FROM entries e JOIN journals j ON j.number = e.journal WHERE e.account = which AND j.booked <= until;
END;
CREATE VIEW balances AS SELECT a.code, a.kind, balance(a.id) AS balance FROM accounts a;
CREATE FUNCTION is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(debit) - sum(credit) FROM entries WHERE journal = NEW.journal) <> 0 THEN
        RAISE EXCEPTION 'journal % is not balanced', NEW.journal;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT OR UPDATE ON entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION is_balanced();
CREATE RULE keep_journals AS ON DELETE TO journals DO INSTEAD NOTHING;
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
CREATE INDEX entries_account ON entries (account) INCLUDE (debit, credit);
CREATE INDEX accounts_open ON accounts USING gist (opened);
