"""The rules of lint by family; `catalogue.py` lists them all."""
