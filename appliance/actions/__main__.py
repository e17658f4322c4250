"""`python -m appliance.actions`: one request from the connection on standard input."""

from __future__ import annotations

from appliance.actions.run import main

main()
