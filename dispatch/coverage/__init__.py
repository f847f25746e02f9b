"""How the free units stand to where calls are expected, kept fresh on each replica while somebody asks.

`snapshot` is one look at it, `watch` keeps the newest, `between` knows how far it is by road from anywhere to anywhere, roughly.
"""
