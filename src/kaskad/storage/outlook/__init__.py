"""What is read ahead or as an example: the calendar, the data of a preview."""
