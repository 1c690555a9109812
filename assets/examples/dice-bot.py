#!/usr/bin/env python3
"""Rolls dice: somebody says "roll 2d6" and is told what fell, in the room where it was asked.

    chinwag --nick dice --room games --room lobby --json-in --exec assets/examples/dice-bot.py

With --json-in a bot reads every event and writes commands. `assets/json.md` describes both.
"""

import json
import random
import re
import sys

ROLL = re.compile(r"^roll (\d{1,2})d(\d{1,3})$")

for line in sys.stdin:
    event = json.loads(line)
    if event["type"] != "message" or event.get("backlog"):
        continue
    asked = ROLL.match(event.get("text", ""))
    if not asked:
        continue
    dice, sides = int(asked[1]), int(asked[2])
    if dice == 0 or sides == 0:
        continue
    fallen = [random.randint(1, sides) for _ in range(dice)]
    answer = f"{event['nick']}: {' + '.join(map(str, fallen))} = {sum(fallen)}"
    print(json.dumps({"type": "say", "room": event["room"], "text": answer}), flush=True)
