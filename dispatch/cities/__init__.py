"""The city this centre serves: its active bundle of geography, and turning to another.

What a bundle is and how it is made: `geo.atlas`, `dispatch.seeds.bundling`.
"""
