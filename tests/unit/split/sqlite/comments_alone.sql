-- nothing;

/* yet; */
-- at all