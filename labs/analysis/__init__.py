"""What runs are worth once they are trained: their answers, accuracies, tables and pictures."""
