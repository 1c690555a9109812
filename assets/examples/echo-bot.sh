#!/bin/sh
# Says again what others say: chinwag --nick echo --exec assets/examples/echo-bot.sh
#
# Each message is one JSON object a line; each line written here is said in the room. The text of a message has no line
# break in it while it is JSON, so `read` takes exactly one message. It is echoed as it stands in JSON: with jq, `jq -r .text`
# would say it as it was said. What other programs say it is not given, so two of them do not echo each other.
while read -r message; do
    text=$(printf '%s' "$message" | sed -n 's/.*"text":"\(\([^"\\]\|\\.\)*\)".*/\1/p')
    case $text in
    '') ;; # an action
    *) printf 'echo: %s\n' "$text" ;;
    esac
done
