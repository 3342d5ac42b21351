"""What adapters have in common: nothing in here knows a vendor.

``outcomes`` decides which error a failure is, ``error_text`` says it, ``prepared_cache`` keeps prepared texts,
``budget`` the time of one call, ``loop_wakeup`` brings answers from other threads to event loops, ``threads`` runs what
blocks, ``forks`` and ``closed`` tell when a connection cannot be used any more, ``lazy`` makes one at its first use.
"""
