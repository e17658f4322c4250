"""The rehearsal: the load of an exam day on the school's own server, before the day.

It furnishes a trial school beside the real one, serves it by the same program on a port of its own, lets made-up
students log in, save and finish, and gives a verdict. It never opens the real database for writing and keeps nothing
but the verdict. The bench uses the same load.
"""
