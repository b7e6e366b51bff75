CREATE TABLE `people;1` (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(200) NOT NULL DEFAULT 'it''s; \\ "x"' COMMENT 'na;me''s \\ "comment"',
  `e'nd;` TEXT,
  `g\h` INT GENERATED ALWAYS AS (LENGTH(`e'nd;`) * 2) STORED,
  `back``tick` INT GENERATED ALWAYS AS (LENGTH(`e'nd;`) + 1) VIRTUAL,
  picture LONGBLOB,
  bits BIT(9),
  at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  stamp TIMESTAMP NULL,
  kind ENUM('a;','b''','漢;') DEFAULT '漢;',
  `set` SET('x;','y'),
  price DECIMAL(30,10),
  f DOUBLE,
  j JSON,
  CONSTRAINT `che;ck` CHECK (name <> 'a;b''c'),
  UNIQUE KEY `uni;que` (name, kind),
  FULLTEXT KEY words (`e'nd;`)
) COMMENT 'a table; it''s "nasty" \\ é';
CREATE TABLE child (
  id INT PRIMARY KEY,
  parent INT,
  CONSTRAINT `f;k` FOREIGN KEY (parent) REFERENCES `people;1` (id) ON DELETE CASCADE
) DEFAULT CHARACTER SET latin1;
CREATE TABLE parts (id INT, y INT) PARTITION BY RANGE (y) (PARTITION p1 VALUES LESS THAN (2020), PARTITION p2 VALUES LESS THAN MAXVALUE);
CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what TEXT);
INSERT INTO `people;1` (id, name, `e'nd;`, picture, bits, stamp, kind, `set`, price, f, j, at) VALUES
  (1, 'it''s; a "name" \\ /* not */ -- a # comment', 'tab\there\nnewline\r\nreturn;', X'003B275C0A0D1A7F', b'101', '2025-01-02 03:04:05', 'a;', 'x;,y', 1234567890.0123456789, 1.5e300, '{"a;": "it''s \\"q\\" 😀"}', '2025-01-02 03:04:05.678901'),
  (2, '😀 größe 漢字; DELIMITER //', NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, '2025-01-02 03:04:05'),
  (3, '', '', '', b'0', NULL, 'b''', NULL, -0.5, -1e-5, '[]', '2025-01-02 03:04:05'),
  (4, 'NULL', '\\N', '\0\Z', NULL, NULL, '漢;', NULL, 0, 0, 'null', '2025-01-02 03:04:05'),
  (5, '/*!50003 SELECT ";" */', '\\; \\\\', NULL, NULL, NULL, '漢;', NULL, 0, 0, '";"', '2025-01-02 03:04:05');
INSERT INTO child VALUES (1, 1), (2, NULL);
INSERT INTO parts VALUES (1, 2019), (2, 2025);
INSERT INTO log (what) VALUES ('first;');
CREATE VIEW `vi;ew` AS SELECT name AS `na;me`, CASE WHEN id > 1 THEN 'it''s;' ELSE "x;" END AS `end` FROM `people;1`;
CREATE VIEW of_view AS SELECT `na;me` FROM `vi;ew` WHERE `end` = 'it''s;';
DELIMITER $%
CREATE TRIGGER `tri;gger` BEFORE INSERT ON child FOR EACH ROW BEGIN
  -- it's; a comment
  IF NEW.parent IS NULL THEN SET NEW.parent = IF(1, NULL, 2); END IF; # more;
  INSERT INTO log (what) VALUES (CONCAT('new; ', "it's ", '\\', '😀'));
END$%
CREATE TRIGGER after_it AFTER DELETE ON child FOR EACH ROW DELETE FROM log WHERE what = OLD.id$%
CREATE PROCEDURE `pro;c`(IN n INT, OUT `o;` VARCHAR(20)) COMMENT 'it''s; \\ a comment'
BEGIN
  DECLARE done INT DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
  again: LOOP
    CASE n WHEN 1 THEN SET `o;` = 'a;'; ELSE BEGIN END; END CASE;
    /* ; */ LEAVE again; -- don't;
  END LOOP again;
  SELECT "a\";b", 'c\';d', '//', ';;', '$$';
END$%
CREATE FUNCTION `fu;nc`(n INT) RETURNS VARCHAR(20) DETERMINISTIC RETURN CASE WHEN n THEN 'x;' ELSE "y;" END$%
CREATE EVENT `ev;ent` ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DISABLE COMMENT 'it''s; an event' DO BEGIN
  DELETE FROM log WHERE what = 'a;';
  DELETE FROM log WHERE what = "it's;";
END$%
DELIMITER ;
SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';
CREATE PROCEDURE raw() SELECT 'a\', "e'nd;" FROM "people;1";
CREATE TRIGGER raw_trigger BEFORE UPDATE ON log FOR EACH ROW SET NEW."what" = 'a;\';
SET sql_mode = DEFAULT;
