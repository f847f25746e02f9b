"""Call-backs 回访 that are due: by the rules of the type, and of the rest an honest random sample.

What was said when a caller was asked is recorded by `dispatch/desk/closing.py`; here is whom to ask.
"""
