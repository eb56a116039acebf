"""The laws that every part on a roster keeps, whoever wrote it."""
