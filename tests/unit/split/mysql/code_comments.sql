/*!40101 SET @saved = @@character_set_client */;
/*!50503 SET NAMES utf8mb4 */;
CREATE TABLE t (a INT /*!80023 INVISIBLE */);
/*! SELECT ';' */;
SELECT 1 /*! + ';' */ + 1;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1 */;
SELECT 2;
