"""Training on several machines: who they are, what they tell one another, where each writes."""
