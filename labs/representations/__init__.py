"""What a network makes of a face on the way to an answer, and what else that is good for."""
