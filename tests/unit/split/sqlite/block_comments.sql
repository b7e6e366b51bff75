/* one /* two; */
SELECT 1 /* a; 'b */ + 1;
SELECT 2 /*/ ; */ + 2;
/**/ SELECT 3 /***/;
/*! not; special */ SELECT 4;
/*+ nor; this */
