"""A safety case made visible: a page, text for pull requests, and the formats other tools read.

Every view is a function of what was assessed: the same case on the same day gives the same bytes. Nothing in a view
judges; what came from outside is escaped in each of them.
"""
