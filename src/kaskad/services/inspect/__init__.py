"""Inspection: where customers are in a journey, what will be sent, and whether decisions would be made again."""
