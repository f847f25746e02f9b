"""Where calls are expected, hour by hour of the week.

What ranking and move-up weigh the rest of the city by, while one alarm is being served.
"""
