"""A schema as a picture: its tables and relations, as Mermaid text or as an SVG with a layout of its own. Pure."""
