"""Plans 预案 and tasks 任务: what is to be done by whom, in which order and until when, for incidents of a kind.

Templates are data; those that match are pushed, an activated one becomes tasks that an incident cannot close without.
"""
