"""What is right: for each exercise an independent truth, the usual mistakes, and a verdict."""
