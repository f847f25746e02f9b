"""The gazetteer 地名 at work: what somebody says about a place, in whatever form, becomes a short list of places.

`asking` reads what was typed, `store` keeps and finds, `search` ranks, `registry` reads an agency's own lists.
"""
