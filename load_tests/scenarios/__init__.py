"""The scenarios of the report: one module a hot path, with NAME and run(size)."""
