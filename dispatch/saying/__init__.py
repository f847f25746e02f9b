"""Rules and plans in plain sentences, for people who lead and do not program, in Chinese and in English.

What is asked in words here is what the engine asks; a test demands a word for everything that rules and plans may name.
"""
