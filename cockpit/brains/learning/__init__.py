"""How a brain learns: labels, folds, learners, calibration, and the frozen model with its card."""
