"""The doors: command line, HTTP, live feed and console.

An alarm enters here and its facts leave here; nothing is decided on this floor.
"""
