"""Whole nights told as stories: time is fast-forwarded, PostgreSQL is real, and every line is something people would notice."""
