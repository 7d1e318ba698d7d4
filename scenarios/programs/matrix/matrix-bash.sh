#!/bin/bash
# matrix-bash.sh - as shell scripts have it: jobs in the background, `wait -n` for a free slot, traps.
slots=4 tasks=12

event() {
    if [ -n "${SIGSWEEP_EVENTS:-}" ]; then printf '%s\n' "$*" >&"$SIGSWEEP_EVENTS"; fi
}

cleanup() {
    event cleanup.begin id="$1" name=tmp
    sleep 0.02
    rm -f "$1.tmp"
    event cleanup.end id="$1" name=tmp rc=0
    event task.fini id="$1"
}

job() {
    touch "$1.tmp"
    trap 'cleanup '"$1" EXIT
    trap 'exit 143' TERM
    event cleanup.arm id="$1" name=tmp
    event task.start id="$1"
    if [ $(($1 % 2)) -eq 1 ]; then
        end=$((${EPOCHREALTIME/./} + 1000000))
        while [ "${EPOCHREALTIME/./}" -lt "$end" ]; do :; done
    else
        sleep 1 &
        trap 'kill $!; exit 143' TERM
        wait
    fi
}

stop() {
    event cancel level=1
    # shellcheck disable=SC2046 # a word a job
    kill $(jobs -p)
    wait
    exit 130
}

trap stop INT
event ready
event slots n="$slots"
for n in $(seq "$tasks"); do event task.queue id="$n"; done
for n in $(seq "$tasks"); do
    [ "$n" -le "$slots" ] || wait -n
    job "$n" &
done
wait
