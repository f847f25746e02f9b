"""Shortfalls 警力缺口 of free units: a room has fewer of them than its duty level wants, and is told so once.

`judging` says when one begins and when it is over, `model` is its life; who watches is `dispatch.desk.keeping_free`.
"""
