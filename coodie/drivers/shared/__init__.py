"""The code that adapters share, independent of any vendor.

``outcomes`` decides which error a failure becomes, and ``error_text`` writes its message. ``prepared_cache`` keeps
prepared statements, ``budget`` the time left for a call. ``loop_wakeup`` passes answers from other threads to event
loops, and ``threads`` runs blocking calls. ``forks`` and ``closed`` detect connections that can no longer be used, and
``lazy`` connects at first use.
"""
