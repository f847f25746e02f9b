"""Promises kept by the whole centre, started as a user starts it."""
