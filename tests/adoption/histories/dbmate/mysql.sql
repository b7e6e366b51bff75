-- dbmate 2.37.0 on mysql 9.7.4-2; recorded by: python -m tests.adoption.record dbmate
CREATE TABLE `schema_migrations` (
  `version` varchar(128) NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `schema_migrations` (`version`) VALUES ('20240101120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240102120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240103120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240104120000');
INSERT INTO `schema_migrations` (`version`) VALUES ('20240105120000');
