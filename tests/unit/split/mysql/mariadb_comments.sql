/*M! only; there */ SELECT 1 /*M!100100 ; */ + 1;
/*M!999999\- enable the sandbox mode; */
SELECT 2;
