/*M! SELECT ';' */;
SELECT 1 /*M!100100 + ';' */ + 1;
/*M!50701 SET NAMES utf8mb4 */;
/*!100100 SET @a = 'b;' */;
SELECT 2;
