"""The edge of the house: settings, PostgreSQL, NATS, child processes and the composition root.

Only here are the environment and the clock read and the network spoken, before an alarm reaches the pure core and after
its facts are committed.
"""
