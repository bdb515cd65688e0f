"""A Claims360 to develop, demonstrate and test against: a program of its own.

It implements docs/claims360-api.yaml and nothing of the product; the two meet on the wire only.
"""
