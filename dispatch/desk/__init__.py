"""The use cases, told in the order life happens: report, describe, join, order, go, hear, settle, close.

Each function is one act inside one `work`: it authorises, locks, decides, saves and appends, and returns what it
changed. HTTP and NATS lead to the same functions.
"""
