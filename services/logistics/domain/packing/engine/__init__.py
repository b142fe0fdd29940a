"""The compiled search. Importing it brings in numba: only processes that plan do so.

A plan is built from blocks (several boxes that form one cuboid) placed into maximal empty spaces
at the corner nearest to a corner of the container, after Zhu and Lim (2012), Araya and Riff (2014)
and Araya, Guerrero and Nunez (2017); written from the papers.
"""
