#!/bin/sh
# Tests a bot: assets/examples/test-a-bot.sh BOT QUESTION ANSWER, where ANSWER is a regular expression.
#
# BOT is a command for a shell, so a file needs its path; for one that speaks JSON set BOT_OPTIONS=--json-in.
#
# A temporary instance runs the bot, another one asks, and the exit code says whether the answer came. Nothing sleeps:
# --wait-peers holds the question until the bot is there, and --timeout bounds it all.
bot=${1:?expected a bot} question=${2:?expected a question} answer=${3:?expected the answer}
chinwag=${CHINWAG:-chinwag}
room=${CHINWAG_ROOM:-test-$$}

"$chinwag" --temp --bind 127.0.0.1:0 --nick bot --room "$room" --exec "$bot" ${BOT_OPTIONS-} --quiet </dev/null >/dev/null &
instance=$!
"$chinwag" send --temp --bind 127.0.0.1:0 --nick tester --room "$room" \
    --wait-peers 1 --expect "$answer" --timeout 20 "$question"
code=$?
kill "$instance"
wait "$instance" 2>/dev/null
exit "$code"
