"""Makes it so: runs Pulumi for one partner or the fleet, with locks, order, progress and one summary.

What should exist is ``kogge.desired``'s to say, how an object becomes a resource the ``modules``'.
"""
