"""Attacks and broken environments: each finding of an attack, as a class of cases."""
