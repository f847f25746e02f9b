"""Run cards 派警卡: what goes to an incident of which kind, in which waves; versioned, checked, tried before they are put in.

`file` is what an administrator edits, `matching` finds the one card of an incident, `faults` judges a file, `trial` tells what
another file would have asked for.
"""
