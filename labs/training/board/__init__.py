"""What `labs.training.summaries` puts together: the parts of what TensorBoard shows."""
