"""What a network is built of, and the networks of the lectures."""
