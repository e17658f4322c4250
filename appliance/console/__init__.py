"""The box's own screen and keyboard: 80 columns, 24 lines, on the monitor and on a serial line alike.

It has no rights but to ask the box (`app/services/box.py`). It never gives a shell, and nothing a person types is run.
"""
