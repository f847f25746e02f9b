"""Any incident told again from its journal: times against targets, who knew what when, who went where, how it stood at any moment.

Read only. Used by after-action reviews, and by whoever looks at the last ten minutes of an incident that goes on.
"""
