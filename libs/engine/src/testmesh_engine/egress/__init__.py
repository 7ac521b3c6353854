"""Where the actions of an execution may connect to: a policy, and the guard in the event loop that holds them to it.

policy      which addresses may be connected to, by entries (entries.py) and kinds of networks (categories.py)
policed     an execution's egress: a policy, and the names that addresses were found by
passage     under which egress the code that runs now connects
guard       the part of an event loop that asks
rules       from settings to an egress
proxy       a way through the policy for what connects outside of the event loop, such as a browser

Imported one by one: a flow in a terminal has no policy, and needs none of it but the passage.
"""
