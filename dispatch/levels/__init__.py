"""Duty levels 勤务等级: what holds in a room and all below it, from everyday to everything there is.

`file` says what each level means, `model` is one order of a level with its facts, `board` answers which level holds where.
"""
