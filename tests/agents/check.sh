#!/bin/sh
# Runs agentmake with real agent programs, codex and opencode, against a mock model on loopback: no account is
# needed, and no network but for the installation.
#
# usage: AGENTMAKE=PROGRAM [AGENTS=FOLDER] check.sh
#
# The programs are installed into AGENTS (build/agents) unless they are there. Each gets three tasks at -j2: one
# that is wrong at first and mended in the same session, one that waits for it, and one beside them; then two whose
# requests fail.
set -u
unset MAKEFLAGS MAKELEVEL MFLAGS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

here=$(cd "$(dirname "$0")" && pwd) || exit 1
agentmake=$(readlink -f "${AGENTMAKE:-agentmake}")
agents=${AGENTS:-build/agents}

fail() {
	printf 'check.sh: %s\n' "$*" >&2
	for f in out err model.log model.err; do
		[ -s "$work/$f" ] && tail -n 30 "$work/$f" | cut -c 1-600 | sed "s/^/  $f| /" >&2
	done
	exit 1
}

command -v git >/dev/null || { echo "check.sh: git is not installed" >&2; exit 1; }
[ -x "$agentmake" ] || { echo "check.sh: there is no program '$agentmake'; set AGENTMAKE" >&2; exit 1; }
sh "$here/install.sh" "$agents" || exit 1
programs=$(cd "$agents/node_modules/.bin" && pwd) || exit 1

work=$(mktemp -d) || exit 1
model=
end() {
	[ -z "$model" ] || kill "$model" 2>/dev/null
	wait
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# ---- the model, and homes that lead to it ----

cat >"$work/script.json" <<'END'
{
  "usage": { "input": 1000, "cached": 100, "output": 50, "reasoning": 7 },
  "tasks": {
    "greet": [
      [{ "shell": "echo wrong > src/greet" }, { "text": "It is written." }],
      [{ "shell": "echo hello > src/greet" }, { "text": "Mended." }]
    ],
    "count": [[{ "shell": "wc -c < src/greet | tr -d ' ' > src/count" }, { "text": "Counted." }]],
    "beside": [[{ "shell": ["echo one > src/beside", "echo two > src/too"] }, { "text": "Done." }]],
    "refused": [[{ "status": 400, "message": "the model will not" }]],
    "broken": [[{ "shell": "echo half > src/broken" }, { "status": 500, "message": "the model cannot" }]]
  }
}
END
node "$here/model.mjs" --script "$work/script.json" --port-file "$work/port" --log "$work/model.log" \
	--bodies "$work/bodies" --seconds 900 2>"$work/model.err" &
model=$!
for i in $(seq 100); do
	[ -e "$work/port" ] && break
	sleep 0.1
done
[ -e "$work/port" ] || fail "the mock model did not start"
sh "$here/setup.sh" "$work/home" "$(cat "$work/port")" "$programs" || fail "setup.sh"
. "$work/home/env"
export PATH GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 TERM=dumb
export TMPDIR="$work/home/tmp" # codex wants its home not to be in it

# codex has a sandbox of its own, which needs user namespaces; where there are none it must do without
sandbox=workspace-write
codex sandbox -- true >"$work/out" 2>&1 </dev/null || {
	sandbox=danger-full-access
	echo "check.sh: codex's sandbox does not work here ($(tail -n 1 "$work/out")); so: $sandbox"
}
: >"$work/out"

# two at once that find no database quarrel about making it
opencode session list >"$work/out" 2>&1 </dev/null || fail "opencode does not run"
: >"$work/out"

# ---- what is asked of each ----

repo() {
	git init -q -b main "$work/$1" && cd "$work/$1" || fail "git init"
	git config user.name Tester
	git config user.email tester@example.com
	mkdir src
	echo one >src/one
	cat >Agentfile
	git add -A && git commit -qm first || fail "git commit"
}

am() {
	CHECK_AGENTS=$work timeout 150 "$agentmake" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# no process is left of those that agentmake started
nothing_runs() {
	for i in $(seq 30); do
		left=$(grep -lsz "^CHECK_AGENTS=$work\$" /proc/[0-9]*/environ)
		[ -z "$left" ] && return
		sleep 0.1
	done
	fail "$1: still running: $(for p in $left; do tr '\0' ' ' <"${p%environ}cmdline"; echo; done)"
}

# json EXPRESSION: of --status=json, in which t is an object of tasks by name, must be true
json() {
	node -e '
		const s = JSON.parse(require("fs").readFileSync(process.argv[1]));
		const t = Object.fromEntries(s.tasks.map((x) => [x.name, x]));
		if (!eval(process.argv[2])) { console.error(JSON.stringify(s, null, 1)); process.exit(1); }' \
		"$work/out" "$2" || fail "$1: --status=json: not so: $2"
}

is() {
	[ "$2" = "$3" ] || fail "$1: '$2' is not '$3'"
}

# check_tasks PROGRAM WITH
check_tasks() {
	repo "$1" <<END
defaults
    agent   $1 $2
task greet
    owns    src/greet
    prompt  Write the word hello into src/greet.
    verify  grep -qx hello src/greet
    retries 1
task count: greet
    owns    src/count
    reads   src/greet
    prompt  Count the bytes of src/greet.
    verify  test "\$(cat src/count)" = 6
task beside
    owns    src/beside src/too
    prompt  Write two files.
    verify  test -s src/beside -a -s src/too
END
	am -j2
	[ $status = 0 ] || fail "$1: exit status $status"
	nothing_runs "$1"
	is "$1" "$(git show agentmake/into/main:src/greet)" hello
	is "$1" "$(git show agentmake/into/main:src/count)" 6
	is "$1" "$(git show agentmake/into/main:src/too)" two
	am --status=json
	json "$1" 's.tasks.length === 3 && s.tasks.every((x) => x.state === "done")'
	json "$1" 't.greet.attempts.map((a) => a.state).join() === "failed,passed"'
	json "$1" 't.greet.attempts[0].session && t.greet.attempts[0].session === t.greet.attempts[1].session'
	# two requests each
	json "$1" 's.tasks.every((x) => x.attempts.every((a) => a.tokens_in === 2000 && a.tokens_out === 100))'
	# what the model was sent: the retry holds the conversation of the first attempt, and is told of once
	again=$(grep -l 'This is attempt 2 of the task that you have been working on' "$work"/bodies/*.json)
	[ -n "$again" ] || fail "$1: no session was gone on with"
	for f in $again; do
		grep -q 'Write the word hello into src/greet' "$f" || fail "$1: the session was not gone on with"
	done
	rm -f "$work"/bodies/*
}

# check_failures PROGRAM WITH
check_failures() {
	repo "$1-fails" <<END
defaults
    agent   $1 $2
for X in refused broken
    task {{X}}
        owns   src/{{X}}
        prompt Try.
END
	am -j2
	[ $status = 1 ] || fail "$1: exit status $status where requests fail"
	nothing_runs "$1"
	for t in refused broken; do
		grep -q "error: task '$t' failed: the agent '$1' " "$work/err" || fail "$1: no word of '$t'"
		git cat-file -e "agentmake/into/main:src/$t" 2>/dev/null && fail "$1: '$t' was merged"
	done
	git show "refs/agentmake/kept/broken/1:src/broken" | grep -qx half || fail "$1: what it had done was not kept"
	rm -f "$work"/bodies/*
}

for p in codex opencode; do
	with=
	[ $p = codex ] && with="with SANDBOX=$sandbox"
	begin=$(date +%s)
	check_tasks $p "$with"
	check_failures $p "$with"
	printf 'ok    %-28s %3ss  %s\n' $p $(($(date +%s) - begin)) "$($p --version | head -n 1)"
done
