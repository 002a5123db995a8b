"""The query language (facts 3): `parser` reads a statement, `executor` answers it."""
