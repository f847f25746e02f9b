"""Servers, databases and clocks for tests: one PostgreSQL and one NATS per session, one database per test."""
