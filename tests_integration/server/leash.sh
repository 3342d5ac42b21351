#!/bin/sh
# Run a command that ends with the process that started it:  leash.sh DIRECTORY COMMAND...
#
# Standard input is a pipe that the starter holds open and never writes to. However the starter ends, SIGKILL included,
# the kernel closes it; the watcher below then kills the command and deletes DIRECTORY. Linux's PR_SET_PDEATHSIG would
# not do: it fires when the *thread* that started the command ends. (A starter that forks without exec, as multiprocessing
# may, gives the child the pipe too: then the command ends when both have.)
#
# `exec` keeps the process id, so the starter's signals reach the command itself, and $$ is its id. That id cannot be
# given to another process while the watcher lives, because it is also the id of the watcher's process group.
directory=$1
shift
exec 3<&0 </dev/null
(
    exec >/dev/null 2>&1
    read -r _ <&3
    kill -9 $$
    sleep 1 # SIGKILL takes a moment; what still runs could write new files.
    rm -rf "$directory"
) &
exec "$@" 3<&-
