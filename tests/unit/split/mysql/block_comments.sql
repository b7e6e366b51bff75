/* one /* two; */
SELECT 1 /* a; 'b */ + 1;
SELECT 2 /*/ ; */ + 2;
SELECT /*+ MAX_EXECUTION_TIME(1000); */ 3;
/**/ SELECT 4 /***/;
/* # -- */ SELECT 5;
