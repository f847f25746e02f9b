"""Words between seats and units beside orders: messages, officers in danger, status checks, roll-calls, notes that are read.

The desk decides here what is asked and what was answered; terminals hear it by `dispatch.desk.radio`.
"""
