"""Which shipment goes on which departure and in which unit: least cost, with a proved lower bound.

`solve` finds a plan; `faults_of_assignment` judges it and knows nothing of how it was found.
"""
