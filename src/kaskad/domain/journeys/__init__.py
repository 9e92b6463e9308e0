"""What a journey may say: the models of the files, and the published version."""
