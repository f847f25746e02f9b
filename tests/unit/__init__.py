"""Promises of pure code: no network, no clock."""
