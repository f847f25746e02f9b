"""Promises kept together with a real PostgreSQL and a real NATS."""
