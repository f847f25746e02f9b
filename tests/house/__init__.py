"""Promises about the code itself: its direction, size, words and schema."""
