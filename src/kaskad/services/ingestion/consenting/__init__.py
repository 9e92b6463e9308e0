"""What a consent covers that was given or withdrawn."""
