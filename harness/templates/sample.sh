#!/bin/bash
# sample.sh - four tasks over two slots; each undoes its part file when it is interrupted.
set -u

slots=2 tasks=4 work=2
stopped=
declare -A pids

event() { # without sigsweep it does nothing
    if [ -n "${SIGSWEEP_EVENTS:-}" ]; then printf '%s\n' "$*" >&"$SIGSWEEP_EVENTS"; fi
}

# The children are ended in the handler: the shell may be about to wait for them.
stop() {
    [ -z "$stopped" ] || return 0
    stopped=$1
    event cancel level=1
    if [ ${#pids[@]} -gt 0 ]; then kill "${pids[@]}" 2>/dev/null; fi
}

begin() {
    event task.start id="$1"
    event cleanup.arm id="$1" name=part # before what must be undone is done
    : >"$1.part"
    sleep "$work" &
    pids[$1]=$!
    if [ -n "$stopped" ]; then kill "${pids[$1]}" 2>/dev/null; fi
}

# A signal ends `wait` early, so it is asked again until the child is gone.
end_child() {
    while kill -0 "${pids[$1]}" 2>/dev/null; do wait "${pids[$1]}"; done
    unset "pids[$1]"
}

finish() {
    end_child "$1"
    if [ -n "$stopped" ]; then
        event task.end id="$1" outcome=cancelled
        event cleanup.begin id="$1" name=part
        rm -f "$1.part"
        event cleanup.end id="$1" name=part rc=$?
    else
        mv "$1.part" "$1.txt"
        event cleanup.disarm id="$1" name=part
        event task.end id="$1" outcome=done
    fi
    event task.fini id="$1"
}

trap 'stop INT' INT
trap 'stop TERM' TERM
event ready
event slots n="$slots"
for ((id = 1; id <= tasks; id++)); do event task.queue id="$id"; done

started=0 finished=0
while [ "$finished" -lt "$tasks" ]; do
    while [ -z "$stopped" ] && [ "$started" -lt "$tasks" ] && [ $((started - finished)) -lt "$slots" ]; do
        begin $((++started))
    done
    finished=$((finished + 1))
    if [ "$finished" -le "$started" ]; then
        finish "$finished"
    else # it never started, and has its end all the same
        event task.end id="$finished" outcome=cancelled
        event task.fini id="$finished"
    fi
done
if [ -n "$stopped" ]; then
    trap - "$stopped"
    kill -s "$stopped" $$
fi
