"""People who may sign in: name, roles, home room, perhaps the unit they crew. Reference data of an administrator.

What proves who somebody is lies apart; how a password is checked is the door's own business (`web.logins`).
"""
