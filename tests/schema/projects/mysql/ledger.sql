-- Books of a bank: procedures, triggers, checks, an event, and a view of each role.
CREATE TABLE account (
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  iban varchar(34) NOT NULL,
  currency char(3) NOT NULL DEFAULT 'EUR',
  balance decimal(19,4) NOT NULL DEFAULT 0,
  opened_on date NOT NULL,
  closed_on date DEFAULT NULL,
  UNIQUE KEY iban (iban),
  CONSTRAINT currency_code CHECK (char_length(currency) = 3),
  CONSTRAINT closed_later CHECK (closed_on IS NULL OR closed_on >= opened_on)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='one row each account';
CREATE TABLE entry (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  debit int unsigned NOT NULL,
  credit int unsigned NOT NULL,
  amount decimal(19,4) NOT NULL,
  booked_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  note varchar(140) NOT NULL DEFAULT '',
  KEY debit (debit, booked_at),
  KEY credit (credit, booked_at),
  CONSTRAINT entry_debit FOREIGN KEY (debit) REFERENCES account (id),
  CONSTRAINT entry_credit FOREIGN KEY (credit) REFERENCES account (id),
  CONSTRAINT positive CHECK (amount > 0),
  CONSTRAINT two_sides CHECK (debit <> credit)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE VIEW open_account AS SELECT id, iban, balance FROM account WHERE closed_on IS NULL WITH CASCADED CHECK OPTION;
CREATE SQL SECURITY INVOKER VIEW statement AS
  SELECT a.iban, e.booked_at, CASE WHEN e.debit = a.id THEN -e.amount ELSE e.amount END AS amount, e.note
    FROM account a JOIN entry e ON a.id IN (e.debit, e.credit);
DELIMITER //
CREATE FUNCTION balance_of(which int unsigned) RETURNS decimal(19,4) READS SQL DATA
BEGIN
  DECLARE found decimal(19,4);
  SELECT coalesce(sum(CASE WHEN debit = which THEN -amount ELSE amount END), 0) INTO found FROM entry WHERE which IN (debit, credit);
  RETURN found;
END//
CREATE PROCEDURE transfer(IN from_id int unsigned, IN to_id int unsigned, IN how_much decimal(19,4), OUT entry_id bigint)
MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'books one entry; isn''t idempotent'
BEGIN
  -- both sides at once; a comment with a ; inside
  INSERT INTO entry (debit, credit, amount) VALUES (from_id, to_id, how_much);
  SET entry_id = last_insert_id();
END//
CREATE TRIGGER entry_books AFTER INSERT ON entry FOR EACH ROW
BEGIN
  UPDATE account SET balance = balance - NEW.amount WHERE id = NEW.debit;
  UPDATE account SET balance = balance + NEW.amount WHERE id = NEW.credit;
END//
CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an entry can''t change'//
CREATE EVENT close_unused ON SCHEDULE EVERY 1 MONTH STARTS '2031-01-01 03:00:00' DISABLE
DO UPDATE account SET closed_on = current_date() WHERE balance = 0//
DELIMITER ;
