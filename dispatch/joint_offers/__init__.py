"""Several calls that wait for the same units, and the joint assignment that is offered beside the usual way.

Between the queue and the orders: a seat is shown who would go where so that together they wait least, and sends that or goes on as before.
"""
