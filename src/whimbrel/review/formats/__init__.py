"""The findings of `check` and `lint` in the formats of terminals, editors and code hosts. Pure."""
