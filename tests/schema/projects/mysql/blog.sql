-- A weblog of 2008 that was never cleaned: zero dates, MyISAM, latin1 beside utf8mb4, prefixes, no foreign keys.
SET sql_mode = 'NO_ENGINE_SUBSTITUTION';
CREATE TABLE `wp_posts` (
  `ID` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `post_author` bigint(20) unsigned NOT NULL DEFAULT '0',
  `post_date` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `post_content` longtext NOT NULL,
  `post_title` text NOT NULL,
  `post_status` varchar(20) NOT NULL DEFAULT 'publish',
  `post_name` varchar(200) NOT NULL DEFAULT '',
  `guid` varchar(255) NOT NULL DEFAULT '',
  `menu_order` int(11) NOT NULL DEFAULT '0',
  PRIMARY KEY (`ID`),
  KEY `post_author` (`post_author`),
  KEY `post_name` (`post_name`(191)),
  KEY `type_status_date` (`post_status`,`post_date`,`ID`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
CREATE TABLE `wp_options` (
  `option_id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `option_name` varchar(191) NOT NULL DEFAULT '',
  `option_value` longtext NOT NULL,
  `autoload` varchar(20) NOT NULL DEFAULT 'yes',
  PRIMARY KEY (`option_id`),
  UNIQUE KEY `option_name` (`option_name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
CREATE TABLE `hits` (
  `day` date NOT NULL DEFAULT '0000-00-00',
  `page` varchar(100) NOT NULL,
  `n` int(10) unsigned zerofill NOT NULL DEFAULT '0000000000',
  PRIMARY KEY (`day`,`page`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1 PACK_KEYS=1;
CREATE TABLE `sessions` (
  `id` varchar(32) NOT NULL,
  `data` varchar(2000) DEFAULT NULL,
  PRIMARY KEY (`id`) USING HASH
) ENGINE=MEMORY DEFAULT CHARSET=latin1;
