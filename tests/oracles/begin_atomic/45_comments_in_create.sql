-- makes 1
CREATE /* ; */ OR -- ;
 REPLACE /* ; */ FUNCTION /* ; */ f /* ; */ () RETURNS int LANGUAGE SQL BEGIN ATOMIC SELECT 1; END;
