"""What prepares a machine and keeps the papers true."""
