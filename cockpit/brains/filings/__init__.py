"""What companies file, laid out by the evening it could first be read."""
