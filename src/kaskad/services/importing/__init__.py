"""Imports: files of what a shop already has. History updates what is known of customers, and lets nobody in."""
