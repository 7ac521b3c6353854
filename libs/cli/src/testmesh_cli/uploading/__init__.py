"""Brings the results of local runs to a server; what cannot be sent is kept, and can be sent later."""
