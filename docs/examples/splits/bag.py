"""All rows of a table, read by the workers of Dask:  python bag.py"""

from __future__ import annotations

import dask.bag
from distributed import Client, LocalCluster
from readings import Reading, connect, lines


def main() -> None:
    # Workers that begin later connect as well: connect() is run by each of them when it starts.
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        client.register_worker_callbacks(connect)
        splits = Reading.splits(16)
        for line in dask.bag.from_sequence(splits, npartitions=len(splits)).map(lines).flatten().compute():
            print(line)


if __name__ == "__main__":
    main()
