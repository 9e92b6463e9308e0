"""`kaskad demo`: four days of a shop in a few minutes, with the real engine from end to end."""
