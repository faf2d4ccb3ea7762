"""Pure functions on ratings and answers: estimators, intervals and tests, one family a module."""
