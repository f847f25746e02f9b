"""Measurements: the hot paths of an alarm beside their peers, in the same run on the same data."""
