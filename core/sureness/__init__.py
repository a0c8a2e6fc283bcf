"""How sure the parameters of a fit are: by the curvature, by data drawn anew, and by profiles of the log-likelihood."""
