"""The plan of a run as a document: build it, read its facts, write and read its file, compare two of them, render it."""
