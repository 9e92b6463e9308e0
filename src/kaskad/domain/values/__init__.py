"""Values as sources write them: numbers, money, times, and their types."""
