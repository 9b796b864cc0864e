# What the end-to-end scripts share. Each script is run by tests/run in a folder of its own, $PWD,
# which is removed afterwards; $AGENTMAKE is the program. It is a list of `it "does …"` blocks; the
# first thing that is not as expected ends the script and says where.

set -u
unset GITHUB_ACTIONS MAKEFLAGS MAKELEVEL MFLAGS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export HOME="$PWD/home" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 TERM=dumb
export GIT_AUTHOR_DATE= GIT_COMMITTER_DATE=
unset GIT_AUTHOR_DATE GIT_COMMITTER_DATE XDG_CONFIG_HOME
mkdir -p "$HOME"
top=$PWD
current="(before the first)"

# Most of what is tested here leaves its marks beside the work trees, which no sandbox allows; those
# that are about the sandbox, and the examples, run as users do.
outer_agentmake=$AGENTMAKE
without_sandbox() {
	printf '#!/bin/sh\nexec "%s" --sandbox=off "$@"\n' "$outer_agentmake" >"$top/agentmake"
	chmod +x "$top/agentmake"
	AGENTMAKE=$top/agentmake
}
without_sandbox
with_sandbox() {
	AGENTMAKE=$outer_agentmake
}

fail() {
	printf '%s: it %s\n  %s\n' "${0##*/}" "$current" "$*" >&2
	[ -s "$top/out" ] && sed 's/^/  out| /' "$top/out" | tail -n 40 >&2
	[ -s "$top/err" ] && sed 's/^/  err| /' "$top/err" | tail -n 40 >&2
	exit 1
}

it() {
	current=$*
}

# repo NAME: a fresh repository with a few files, one commit, and us in it
repo() {
	cd "$top" || exit 1
	rm -rf "$1" "$1.agentmake"
	git init -q -b main "$1" || fail "git init"
	cd "$1" || exit 1
	git config user.name Tester
	git config user.email tester@example.com
	mkdir src
	for i in 1 2 3 4; do echo "file $i" >"src/f$i"; done
	echo changes >CHANGELOG
	printf '*.o\n.env\n' >.gitignore
	git add -A && git commit -qm 'first commit'
}

# the Agentfile from standard input, committed
agentfile() {
	cat >Agentfile
	git add Agentfile && git commit -qm 'Agentfile'
}

# runs agentmake; what it printed is in ../out and ../err
am() {
	"$AGENTMAKE" "$@" >"$top/out" 2>"$top/err" </dev/null
	status=$?
}

# am_until FILE [ARGUMENT…]: begins to run it, as process $pid, and waits until there is a file
am_until() {
	awaited=$1
	shift
	"$AGENTMAKE" "$@" >"$top/out" 2>"$top/err" </dev/null &
	pid=$!
	wait_for "$awaited"
}

# kills that, which leaves no time for anything
am_kill() {
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
}

status_is() {
	[ "$status" = "$1" ] || fail "exit status $status, not $1"
}

# out_has TEXT, err_has TEXT: a line holds the text
out_has() {
	grep -qF -- "$1" "$top/out" || fail "standard output lacks: $1"
}

err_has() {
	grep -qF -- "$1" "$top/err" || fail "standard error lacks: $1"
}

err_lacks() {
	! grep -qF -- "$1" "$top/err" || fail "standard error has: $1"
}

# into_has PATH TEXT: the file on the integration branch holds the text
into_has() {
	git show "agentmake/into/main:$1" 2>/dev/null | grep -qF -- "$2" \
		|| fail "$1 on agentmake/into/main lacks: $2"
}

is() {
	[ "$1" = "$2" ] || fail "'$1' is not '$2'${3:+ ($3)}"
}

# nothing that a run must not touch has changed: the user's checkout, index, branches, stash, config
remember() {
	untouched=$(state_of_user)
}

state_of_user() {
	git for-each-ref --format='%(refname) %(objectname)' refs/heads refs/stash \
		| grep -v ' refs/heads/agentmake/\|^refs/heads/agentmake/'
	git symbolic-ref HEAD
	git status --porcelain
	cat .git/config
	find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 cksum
	ls .git/hooks | cksum
}

is_untouched() {
	is "$(state_of_user)" "$untouched" "what a run must not touch"
}

# no process that belongs to this script is left
nothing_runs() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		pgrep -f "$1" >/dev/null || return 0
		sleep 0.1
	done
	fail "still running: $(pgrep -af "$1")"
}

# wait_for FILE: until it is there
wait_for() {
	for i in $(seq 200); do
		[ -e "$1" ] && return
		sleep 0.05
	done
	fail "$1 never came"
}

# sound [NAME…]: what is promised holds in every repository of this script, but those that are named
sound() {
	current="leaves all sound"
	for dir in "$top"/*/.git/agentmake; do
		[ -d "$dir" ] || continue
		dir=${dir%/.git/agentmake}
		case " $* " in *" ${dir##*/} "*) continue ;; esac
		(cd "$dir" && "$AGENTMAKE" --fsck >"$top/out" 2>"$top/err" </dev/null) || fail "--fsck in ${dir##*/}"
	done
}

# sound_here [TEXT]: --fsck says that nothing is wrong, in one line, which holds the text, and writes nothing
sound_here() {
	before=$(git for-each-ref; find .git/agentmake -type f ! -name '*.log' 2>/dev/null | sort | xargs cksum)
	am --fsck
	status_is 0
	is "$(cat ../err)" ""
	is "$(wc -l <../out | tr -d ' ')" 1
	out_has "nothing is wrong"
	out_has "${1:-}"
	is "$(git for-each-ref; find .git/agentmake -type f ! -name '*.log' 2>/dev/null | sort | xargs cksum)" "$before" written
}
