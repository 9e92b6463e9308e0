"""The formats of feeds: each gives the offers of one document, one after the other, as columns with texts."""
