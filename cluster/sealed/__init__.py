"""Reports are read in processes that hold what one job needs and can reach nothing else.

    workshop    in a worker process of Ray: gives orders, serves storage, ends what goes beyond its limits
       │ starts once, by exec, with an environment of its own
    nursery     has loaded what reading needs; never sees a report
       │ forks, for each job anew
    runner      reads: no secrets, no network, no files but those of its job, no other processes; asks for every byte

A report that is only tried out is read by a process of its own, as confined (`trial`).

What a runner answers is as hostile as its report: it is decoded as what it must be, and every key that it names is checked.
"""
