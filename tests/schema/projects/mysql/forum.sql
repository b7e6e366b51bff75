-- A forum whose tables refer to each other in a circle, with names in several languages and reserved words.
CREATE TABLE `member` (
  `id` int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `nick` varchar(30) COLLATE utf8mb4_bin NOT NULL,
  `pinned_post` int DEFAULT NULL,
  `größe` int DEFAULT NULL COMMENT 'in Zoll „″“',
  UNIQUE KEY `nick` (`nick`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `thread` (
  `id` int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `title` varchar(200) NOT NULL DEFAULT 'без названия',
  `last_post` int DEFAULT NULL,
  `key` varchar(10) DEFAULT NULL,
  `order` int NOT NULL DEFAULT 0,
  KEY `order` (`order`, `key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `post` (
  `id` int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `thread` int NOT NULL,
  `author` int DEFAULT NULL,
  `body` text NOT NULL,
  `reply_to` int DEFAULT NULL,
  KEY `thread` (`thread`),
  KEY `author` (`author`),
  KEY `reply_to` (`reply_to`),
  FULLTEXT KEY `body` (`body`),
  CONSTRAINT `post_thread` FOREIGN KEY (`thread`) REFERENCES `thread` (`id`) ON DELETE CASCADE,
  CONSTRAINT `post_author` FOREIGN KEY (`author`) REFERENCES `member` (`id`) ON DELETE SET NULL,
  CONSTRAINT `post_reply` FOREIGN KEY (`reply_to`) REFERENCES `post` (`id`) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
ALTER TABLE `member` ADD CONSTRAINT `member_pinned` FOREIGN KEY (`pinned_post`) REFERENCES `post` (`id`) ON DELETE SET NULL;
ALTER TABLE `thread` ADD CONSTRAINT `thread_last` FOREIGN KEY (`last_post`) REFERENCES `post` (`id`) ON DELETE SET NULL;
CREATE VIEW `zuletzt` AS SELECT `t`.`title`, `m`.`nick` FROM `thread` `t` JOIN `post` `p` ON `p`.`id` = `t`.`last_post` LEFT JOIN `member` `m` ON `m`.`id` = `p`.`author`;
CREATE VIEW `active` AS SELECT `nick` FROM `zuletzt` WHERE `title` <> 'it''s';
CREATE TRIGGER `last_of_thread` AFTER INSERT ON `post` FOR EACH ROW UPDATE `thread` SET `last_post` = NEW.`id` WHERE `id` = NEW.`thread`;
