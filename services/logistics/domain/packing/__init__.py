"""How boxes stand in a container: the request, the plan, its checker and the planner.

Pure algorithms in whole millimetres. The search itself is compiled and imported only when a plan
is asked for, so that a process which never plans stays small.
"""
