#!/bin/sh
# Runs a command and tells the room how it went: assets/examples/notify-ci.sh make test
#
# Where a session of yours runs it speaks through that. CHINWAG_ROOM chooses the room. The exit code is the command's; that
# nobody was there to read it is no failure of the build.
: "${1:?expected a command}"
chinwag=${CHINWAG:-chinwag}

output=$("$@" 2>&1)
code=$?
if [ "$code" = 0 ]; then
    verdict="passed"
else
    verdict="FAILED with $code"
fi
{
    printf '%s: %s on %s\n' "$*" "$verdict" "$(hostname)"
    [ "$code" = 0 ] || printf '%s\n' "$output" | tail -n 10
} | "$chinwag" send --quiet --timeout 5 -
printf '%s\n' "$output"
exit "$code"
