"""People review what a release answers: after it went out, or before."""
