"""`kaskad demo`: four days of a shop in a few minutes, through the real thing from end to end."""
