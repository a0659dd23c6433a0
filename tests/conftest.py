"""What all tests need."""

import labs  # noqa: F401  sets the variables that TensorFlow reads when it loads, so it comes first
