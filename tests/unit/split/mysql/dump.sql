-- MySQL dump
/*!50003 SET @saved_sql_mode = @@sql_mode */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `a` BEFORE INSERT ON `t` FOR EACH ROW BEGIN
  SET NEW.a = 1;
  SET NEW.b = 2;
END */;;
DELIMITER ;
/*!50003 SET sql_mode = @saved_sql_mode */ ;
LOCK TABLES `t` WRITE;
/*!40000 ALTER TABLE `t` DISABLE KEYS */;
INSERT INTO `t` VALUES (1,'a;\'b'),(2,'c\\');
UNLOCK TABLES;
