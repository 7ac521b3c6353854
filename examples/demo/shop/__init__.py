"""A small shop to test against: users, sign-in, products, orders, and an effect that comes later.

All of it lives in memory and starts afresh with the process, so that a flow always knows what it will find.
"""
