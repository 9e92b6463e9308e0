"""Work with the files of a project before anything is published."""
