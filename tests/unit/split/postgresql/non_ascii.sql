SELECT 'é; 漢字; 🦆'; CREATE TABLE größe (名前 TEXT);
/* ö; */ SELECT '🦆' AS ü; SELECT 1;
