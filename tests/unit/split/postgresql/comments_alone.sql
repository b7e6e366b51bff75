-- nothing;

/* yet;
   and /* not; */ here */
-- at all