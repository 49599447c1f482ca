"""Makes it so: plans a run on hosts and stacks, previews or applies it, with locks, order, progress and one record.

``stacks`` runs Pulumi, ``hosts`` hands documents to ``kogge.hostrun``. What should exist is ``kogge.desired``'s to say,
how an object becomes a resource the ``modules``', and how a plan looks ``kogge.report``'s.
"""
