"""What a day computes over and over, compiled: production, deliveries and stocks, clients.

These functions take arrays and named tuples of arrays; what they mean stands in their docstrings.
"""
