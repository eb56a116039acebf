"""The families of features: each file declares its columns and holds the one compiled kernel that computes them."""
