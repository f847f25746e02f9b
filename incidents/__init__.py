"""What happened and how urgent: alarms and incidents, from the first report to closure.

Nothing here knows units; bringing the two together is the business of `dispatch`.
"""
