"""What runs are worth once they are trained: their answers, numbers, tables and pictures."""
