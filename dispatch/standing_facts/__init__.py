"""Standing facts of places 地点须知: what everybody must know of an address before anyone goes there, from when and until when.

They pop up wherever the place does: `ground` finds them, `shown` says them, `dispatch.desk.keeping_facts` changes them.
"""
