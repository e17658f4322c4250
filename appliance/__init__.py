"""What runs in the box beside the program: first boot, settings, console, actions with the rights of root, upkeep.

It imports `app`; nothing in `app` imports it. Web pages reach it only through `app/services/box.py`.
"""
