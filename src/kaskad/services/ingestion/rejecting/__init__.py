"""What could not be taken in or was not understood: kept, counted, and taken in after a mend."""
