#!/bin/sh
# The built-in agents, with what stands in for their programs (tests/agents/standin.sh): flags that a program does not
# have end it, what it prints is what the program prints, and what it is told is kept.
. "$E2E/lib.sh"

all="claude codex gemini copilot opencode goose cursor amp aider"
sh "$TESTS/agents/standin.sh" --install "$top/bin"
PATH=$top/bin:$PATH
export STANDIN_LOG="$top/log"

# what became of each attempt of the last run: task, attempt, state, session, tokens in and out, cost
attempts() {
	am --status=json
	python3 "$TESTS/schema/check.py" status "$top/out" || fail "schema"
	python3 - "$top/out" <<'END' | sed 's/agentmake-[0-9][-0-9]*/GOOSE/' >"$top/attempts"
import json, sys
for t in json.load(open(sys.argv[1]))["tasks"]:
	for a in t["attempts"]:
		print(t["name"], a["n"], a["state"], *(json.dumps(a[k]).strip('"') for k in ("session", "tokens_in", "tokens_out", "cost")))
END
}

# attempts_are: those of standard input, and no others
attempts_are() {
	sort >"$top/expected"
	attempts
	sort "$top/attempts" | diff "$top/expected" - >"$top/out" || fail "other attempts"
}

# lines of the log of command lines: `program ARGUMENTS` holds TEXT
called() {
	grep "^$1 " "$STANDIN_LOG" | grep -qF -- "$2" || fail "$1 was not called with $2: $(grep "^$1 " "$STANDIN_LOG")"
}

# session AGENT: in its events
session() {
	case $1 in
	codex) echo 01a1fce4-86b5-7681-91c6-b4189d03ede7 ;;
	opencode) echo ses_e031ac329ffe8r4UdujHYxzP3m ;;
	goose) echo GOOSE ;;
	amp) echo T-7f395a2c-8c57-4d2d-9b1c-1f0b5a8f2f41 ;;
	aider) echo null ;;
	*) echo 5f0c8f0e-7a52-4f0b-9a5e-3d1d6a0c2b11 ;;
	esac
}

# used AGENT [CASE]: tokens in and out, cost in its events
used() {
	case $1.${2-success} in
	claude.*) echo 4100 150 0.0174 ;;
	codex.resumed) echo 4100 200 null ;; # 7200 and 350 since the session began
	codex.*) echo 3100 150 null ;;
	gemini.*) echo 3100 150 null ;;
	opencode.*) echo 2400 100 0.00696 ;;
	cursor.unknown) echo 2900 150 null ;;
	amp.*) echo 2220 150 null ;;
	aider.*) echo null null 0.01 ;;
	*) echo null null null ;;
	esac
}

# Silence is waited for, 20 seconds of it: meanwhile the others are run.
it "ends what is done and does not end by itself"
repo lingers
sleeps=60$$ # others may be running this test
agentfile <<END
for A in claude aider
    task {{A}}
        agent  {{A}}
        owns   src/{{A}}
        env    STANDIN_CASE=lingers STANDIN_SECONDS=$sleeps STANDIN_DO='echo x > src/{{A}}'
        prompt Do it.
END
"$AGENTMAKE" -j2 >"$top/lingers.out" 2>&1 </dev/null &
lingers=$!

it "runs each, and knows its session, tokens and cost where it tells them"
repo success
agentfile <<'END'
defaults
    env STANDIN_DO='echo x > src/$AGENTMAKE_TASK' STANDIN_BRIEF=../brief.{{task}}
for A in claude codex gemini copilot opencode goose cursor aider
    task {{A}}
        agent  {{A}} with MODEL="m of {{A}}"
        owns   src/{{A}}
        prompt Do it 'well'.
task amp
    agent  amp with MODE=high
    owns   src/amp
    prompt Do it 'well'.
task plain
    agent  claude
    owns   src/plain
    prompt Do it.
END
am -j4
status_is 0
for a in $all; do
	into_has src/$a x
	grep -qx "# Task: $a" ../success.agentmake/brief.$a.1 || fail "the brief of $a"
	grep -qx "Do it 'well'." ../success.agentmake/brief.$a.1 || fail "the brief of $a"
	echo "$a 1 passed $(session $a) $(used $a)"
done >"$top/rows"
{ cat "$top/rows"; echo "plain 1 passed $(session claude) $(used claude)"; } | attempts_are
for a in claude codex gemini copilot opencode goose aider; do called $a "<--model> <m of $a>"; done
called cursor-agent "<--model> <m of cursor>"
called amp "<--mode> <high>"
is "$(grep -c '^claude .*<--model>' "$STANDIN_LOG")" 1 "a model though none was named"

it "knows each way to fail, and is not put off by what it does not know"
repo cases
agentfile <<'END'
for A in claude codex gemini copilot opencode goose cursor amp aider
    for C in is_error turn-failed limit no-terminal cut unknown
        task {{A}}-{{C}}
            agent  {{A}}
            owns   src/{{A}}-{{C}}
            env    STANDIN_CASE={{C}} STANDIN_DO='echo x > src/{{A}}-{{C}}'
            prompt Do it.
END
am -j4
status_is 1
err_has "9 merged, 45 failed"
for a in $all; do
	into_has src/$a-unknown x
	err_has "task '$a-is_error' failed: the agent '$a' says that it failed:"
	err_has "task '$a-turn-failed' failed: the agent '$a' "
	err_has "task '$a-limit' failed: the agent '$a' "
	err_has "task '$a-no-terminal' failed: the agent '$a' ended without saying that it was done"
	err_has "task '$a-cut' failed: the agent '$a' ended without saying that it was done"
done
[ "$(grep -c 'usage limit\|rate limited' "$top/err")" -ge 9 ] || fail "a limit is not told"
attempts
for a in $all; do
	grep -qxF "$a-unknown 1 passed $(session $a) $(used $a unknown)" "$top/attempts" || fail "$(cat "$top/attempts")"
done

it "goes on with the session where the work did not pass, and begins another where the agent failed"
repo again
agentfile <<'END'
for A in claude codex gemini copilot opencode goose cursor amp aider
    task {{A}}
        agent   {{A}}
        owns    src/{{A}}
        env
            STANDIN_CASE='success success is_error success' STANDIN_BRIEF=../brief.{{A}}
            STANDIN_DO='echo $AGENTMAKE_ATTEMPT > src/{{A}}'
        retries 3
        prompt  Do it.
        verify  grep 4 src/{{A}}
END
: >"$STANDIN_LOG"
am -j4
status_is 0
attempts
for a in $all; do
	into_has src/$a 4
	for n in 1 2 3 4; do
		brief=../again.agentmake/brief.$a.$n
		# the session is told what failed, and no more
		case $a.$n in
		*.1) grep -q 'failed for this reason' $brief && fail "$brief" ;;
		aider.* | *.4) grep -q '^Do it.$' $brief && grep -q 'failed for this reason' $brief || fail "$brief" ;;
		*) grep -q '^Mend it. ' $brief && ! grep -q '^Do it.$\|^## Files' $brief || fail "$brief" ;;
		esac
	done
	again=$(used $a)
	[ $a = codex ] && again=$(used codex resumed)
	for row in "$a 1 failed $(session $a) $(used $a)" "$a 2 failed $(session $a) $again" \
		"$a 4 passed $(session $a) $(used $a)"; do
		grep -qxF "$row" "$top/attempts" || fail "no '$row' in: $(grep "^$a " "$top/attempts")"
	done
done
called claude "<--resume> <$(session claude)>"
called codex "<resume> <$(session codex)> <->"
called gemini "<--resume> <$(session gemini)>"
called copilot "<--resume=$(session copilot)>"
called opencode "<--session> <$(session opencode)>"
called goose "<--resume> <--name> <agentmake-"
called cursor-agent "<--resume> <$(session cursor)>"
called amp "<threads> <continue> <$(session amp)>"
is "$(grep -c 'resume\|--session\|threads' "$STANDIN_LOG")" 16 "two of each that can"

it "hears each as a reviewer, and tells its reasons as it meant them"
repo reviews
agentfile <<'END'
for A in claude codex gemini copilot opencode goose cursor amp aider
    task {{A}}
        agent   copilot
        review  {{A}}
        owns    src/{{A}}
        env
            STANDIN_REVIEW='reject approve' STANDIN_BRIEF=../brief.{{A}}
            STANDIN_DO='echo $AGENTMAKE_ATTEMPT > src/{{A}}'
        retries 1
        prompt  Do it.
END
am -j4
status_is 0
for a in $all; do
	into_has src/$a 2
	brief=../reviews.agentmake/brief.$a
	grep -qx "the reviewer '$a' rejected it:" $brief.2 || fail "$(cat $brief.2)"
	grep -qx "src/f1, line 1: say \"right\",	not \\\\\"wrong\\\\\" — see C:\\\\new\." $brief.2 || fail "$(cat $brief.2)"
	grep -qx '\*\*VERDICT: REJECT\*\*' $brief.2 || fail "$(cat $brief.2)"
	grep -qx '+1' $brief.review.1 || fail "$a saw no change"
	grep -qx '+2' $brief.review.2 || fail "$a saw the change of before"
done
is "$(git log --format=%B agentmake/into/main | grep -c '^Agentmake-Reviewer:')" 9

it "counts what a session used once, also where somebody else had a look in between"
repo between
agentfile <<'END'
task a
    agent   codex
    review  copilot
    owns    src/a
    env     STANDIN_REVIEW='reject approve' STANDIN_DO='echo $AGENTMAKE_ATTEMPT > src/a'
    retries 1
    prompt  Do it.
END
am
status_is 0
err_has "for 7.2k tokens in, 350 out"

it "leaves what a reviewer did not decide"
repo undecided
agentfile <<'END'
for A in claude codex gemini copilot opencode goose cursor amp aider
    for C in success is_error limit cut
        task {{A}}-{{C}}
            agent   copilot
            review  {{A}}
            owns    src/{{A}}-{{C}}
            env     STANDIN_CASE=success STANDIN_REVIEW={{C}} STANDIN_DO='echo x > src/{{A}}-{{C}}'
            prompt  Do it.
END
am -j4
status_is 4
err_has "36 to be decided"
for a in $all; do
	err_has "the reviewer '$a' neither approved nor rejected it"
	err_has "the review by '$a' did not end well: the agent '$a' says that it failed:"
	err_has "the review by '$a' did not end well: the agent '$a' "
	err_has "the review by '$a' did not end well: the agent '$a' ended without saying that it was done"
done

it "ends what is done and does not end by itself, after some silence"
cd "$top/lingers" || exit 1
wait $lingers
is $? 0
into_has src/claude x
into_has src/aider x
attempts_are <<END
claude 1 passed $(session claude) $(used claude)
aider 1 passed $(session aider) $(used aider)
END
nothing_runs "sleep $sleeps"

sound
