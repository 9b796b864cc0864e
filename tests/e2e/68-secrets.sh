# Secrets: what is written down is for its owner alone, and the values of variables whose names say
# that they are secret do not stand in it.
. "$E2E/lib.sh"

it "keeps logs and state from others"
repo modes
agentfile <<'END'
task a
    owns src/f1
    run echo x >src/f1; cat "$AGENTMAKE_BRIEF" 2>/dev/null; echo printed
task b
    owns src/f2
    run echo printed; false
END
(umask 0; "$AGENTMAKE" --junit "$top/junit.xml" >"$top/out" 2>"$top/err")
find .git/agentmake -perm /077 ! -type l -print >"$top/out"
[ ! -s "$top/out" ] || fail "others can look at it"
is "$(find .git/agentmake -name '*.log' | wc -l)" 2

it "masks the values of secrets in logs, events, reports and messages"
repo masked
cat >"$top/agent" <<'END'
#!/bin/sh
printf "key %s and %s\n" "$OPENAI_API_KEY" "$GH_TOKEN"
printf '{"type":"error","text":"%s"}\n' "$MY_PASSWORD_FILE_CONTENT"
# in two pieces, and at the very end of what is printed
printf 'begun sk-12345'; sleep 0.3; printf '67890abcdef ended\n'
env | grep -E "PASS|PLAIN|NOT_SO|SHORT"
printf 'the last sk-1234567890abcdef'
echo failed >&2
exit 1
END
chmod +x "$top/agent"
agentfile <<END
LOCAL_SECRET = of-the-agentfile
API_KEY ?= unknown
agent bot
    run '$top/agent'
task a
    owns src/f1
    env DB_PASSWORD=hunter2hunter2 PLAIN=in-the-open
    agent bot
    prompt do it
task b
    owns src/f2
    run echo "curl -H {{LOCAL_SECRET}} {{API_KEY}}"; false
END
export OPENAI_API_KEY=sk-1234567890abcdef GH_TOKEN='ghp_"quoted"\value'
export MY_PASSWORD_FILE_CONTENT='first line of it
second line of it' SHORT_KEY=abc NOT_SO=visible-value
"$AGENTMAKE" -j2 --events "$top/events" --junit "$top/junit.xml" --annotate API_KEY=from-the-command-line \
	>"$top/out" 2>"$top/err" </dev/null
is $? 1
cat .git/agentmake/logs/a/*.log >"$top/log"
for place in "$top/out" "$top/err" "$top/events" "$top/junit.xml" "$top/log" .git/agentmake/journal \
	.git/agentmake/logs/b/*.log; do
	for value in sk-1234567890abcdef 'ghp_' 'line of it' hunter2hunter2 of-the-agentfile from-the-command-line; do
		! grep -qF -- "$value" "$place" || fail "$value stands in $place: $(grep -F -- "$value" "$place" | head -n 1)"
	done
done
grep -qF 'key *** and ***' "$top/log" || fail "the log: $(cat "$top/log")"
grep -qF 'begun *** ended' "$top/log" || fail "the log: $(cat "$top/log")"
grep -qF 'the last ***' "$top/log" || fail "the log: $(cat "$top/log")"
grep -qF 'DB_PASSWORD=***' "$top/log" || fail "the log: $(cat "$top/log")"
grep -qF 'PLAIN=in-the-open' "$top/log" || fail "what is no secret: $(cat "$top/log")"
grep -qF 'NOT_SO=visible-value' "$top/log" || fail "what is no secret: $(cat "$top/log")"
grep -qF 'SHORT_KEY=abc' "$top/log" || fail "what is too short: $(cat "$top/log")"
grep -qF 'curl -H *** ***' .git/agentmake/logs/b/*.log || fail "the log of b"
for mode in --status --status=json '--log a' '--log b' --history; do
	am $mode
	! grep -qE 'sk-1234567890abcdef|ghp_|hunter2hunter2|of-the-agentfile' "$top/out" "$top/err" || fail "$mode"
done
unset OPENAI_API_KEY GH_TOKEN MY_PASSWORD_FILE_CONTENT SHORT_KEY NOT_SO

it "gives the values themselves to those who need them"
repo given
agentfile <<'END'
task a
    owns src/f1
    env DB_PASSWORD=hunter2hunter2
    run printf %s "$DB_PASSWORD$OUTER_TOKEN" | cksum >src/f1
END
OUTER_TOKEN=abcdefgh am
status_is 0
into_has src/f1 "$(printf hunter2hunter2abcdefgh | cksum)"

it "masks a value with control characters where it stands in JSON"
repo controls
agentfile <<'END'
task a
    owns src/f1
    run python3 -c 'import json, os; print(json.dumps(os.environ["TAB_SECRET"])); print("said")'; echo x >src/f1
END
TAB_SECRET=$(printf 'before\tthe \033tab') am
status_is 0
cat .git/agentmake/logs/a/*.log >"$top/out"
out_has '"***"'
out_has said
