"""The models of the journey files, and the published version."""
