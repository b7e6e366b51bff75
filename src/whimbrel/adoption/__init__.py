"""Take over databases that something else made: prove what they have, and read the histories of other tools."""
