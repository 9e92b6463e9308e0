"""`kaskad watch`: checks and previews on save, in a browser tab."""
