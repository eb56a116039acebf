"""The look-ahead analyser: spoil the future and name the column that noticed."""
