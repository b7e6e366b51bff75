/* one /* two; */ still one; */
SELECT 1 /* a /* b /* c; */ */ ; */ + 1;
SELECT 2 /*/ ; /*/ ; */ ; */ + 2;
SELECT /* it's; "odd */ 3;
/**/ SELECT 4 /***/;
/* -- */ SELECT 5;
