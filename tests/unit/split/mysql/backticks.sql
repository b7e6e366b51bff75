CREATE TABLE `a;b` (`c``;d` INT, `e'f"` INT, `g\` INT);
SELECT `it's;` FROM `a;b`;
SELECT 1;
