-- dbmate 2.37.0 on mariadb 10.11.19-MariaDB-0+deb12u1; recorded by: python -m tests.adoption.record dbmate
CREATE TABLE `schema_migrations` (
  `version` varchar(128) NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
INSERT INTO `schema_migrations` (`version`) VALUES ('20240101120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240102120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240103120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240104120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240105120000');
