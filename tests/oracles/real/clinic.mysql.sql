-- In the manner of a clinic's: DELIMITER, routines, triggers, cursors, and rows that only look like statements.
CREATE TABLE patient (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60) NOT NULL, visits INT NOT NULL DEFAULT 0) ENGINE=InnoDB;
CREATE TABLE visit (id INT AUTO_INCREMENT PRIMARY KEY, patient INT NOT NULL, at DATETIME NOT NULL, KEY (patient),
  CONSTRAINT visit_patient FOREIGN KEY (patient) REFERENCES patient (id));
DELIMITER //
CREATE TRIGGER count_visits AFTER INSERT ON visit FOR EACH ROW
BEGIN
  UPDATE patient SET visits = visits + 1 WHERE id = NEW.patient; -- it's; counted
END//
CREATE PROCEDURE make_visits(IN wanted INT)
BEGIN
  DECLARE n INT DEFAULT 0;
  visits: LOOP
    IF n >= wanted THEN LEAVE visits; END IF;
    SET n = n + 1;
    INSERT INTO visit (patient, at) VALUES (1 + n MOD 2, '2024-02-29 10:00:00');
  END LOOP visits;
END//
CREATE FUNCTION label(name VARCHAR(60), n INT) RETURNS VARCHAR(80) DETERMINISTIC
  RETURN CASE WHEN n > 1 THEN CONCAT(name, '; ', n) ELSE name END//
DELIMITER ;
INSERT INTO patient (name) VALUES ('O\'Hara; DROP TABLE visit'), ("Li -- Wu"), ('#3');
CALL make_visits(7);
/*!50001 CREATE VIEW busy AS SELECT label(name, visits) AS shown FROM patient WHERE visits > 0 */;
ALTER TABLE patient ADD COLUMN born DATE NULL AFTER name, ADD INDEX by_name (name);
