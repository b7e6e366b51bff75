-- nothing;

/* yet; */
# at all;
--