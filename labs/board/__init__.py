"""What `labs.board.summaries` puts together: the parts of what TensorBoard shows."""
