#!/bin/sh
# The run that the README shows is one: examples/mend is set up and run on a terminal as the README has it, and what is on
# the screen then has the same lines, but for times and hashes, and for the order in which two tasks do things.
# `make recording` writes what it saw into the README.
. "$E2E/lib.sh"
with_sandbox
readme=$TESTS/../README.md
if ! command -v tmux >/dev/null; then
	echo "NOT TRIED: there is no tmux here, so the README's run was not held to a real one"
	exit 0
fi
echo "PS1='\$ '" >rc
export TERM=screen ENV="$PWD/rc" # which an interactive sh reads
unset TMUX
server=agentmake-recording-$$
trap 'tmux -L "$server" kill-server 2>/dev/null' EXIT

mkdir bin && ln -s "$AGENTMAKE" bin/agentmake
git config --global user.name Tester && git config --global user.email tester@example.com
setup=$(grep '^cp -R examples/mend ' "$readme" | sed "s|/tmp/mend|'$top/mend'|g")
(cd "$TESTS/.." && eval "${setup:-false}") && cd mend || fail "the README's example cannot be set up: $setup"

screen() {
	tmux -L "$server" capture-pane -p -t run -S - | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}
# awaits TEXT N: until it is the last line on the screen, and the N-th command is typed or waited for
awaits() {
	for i in $(seq 300); do
		[ "$(screen | tail -n 1)" = "$1" ] && [ "$(screen | grep -c '^\$')" = "$2" ] && return
		sleep 0.1
	done
	screen >"$top/out"
	fail "the screen never ends in '$1'"
}
types() {
	tmux -L "$server" send-keys -t run "$1" Enter
}

it "goes as the README says"
PATH=$top/bin:$PATH tmux -L "$server" -f /dev/null new-session -d -s run -x 118 -y 100 sh || fail "tmux"
awaits '$' 1
types agentmake
awaits 'Run this? [y/N]' 1
types y
awaits '$' 2
types 'agentmake --land'
awaits '$' 3
types 'git log --oneline --first-parent | cat'
awaits '$' 4
types agentmake
awaits '$' 5
screen | sed '$d' >"$top/recorded"
[ "$(wc -l <"$top/recorded")" -le 45 ] || fail "the run is too long for a README"

# shown FILE: what it shows
shown() {
	awk '/^<!-- make recording/ { getline; on = 1; next } /^```$/ { on = 0 } on' "$1"
}
if [ -n "${RECORD:-}" ]; then
	awk -v recorded="$top/recorded" '
		/^<!-- make recording/ { print; getline; print; while ((getline line <recorded) > 0) print line; skip = 1; next }
		skip && /^```$/ { skip = 0 }
		!skip' "$readme" >"$readme.new" && mv "$readme.new" "$readme"
	exit
fi
# what differs from run to run, and from machine to machine
alike() {
	sed '/^sandbox: /d; /^agentmake: warning: /d; s/\b[0-9a-f]\{7,40\}\b/HASH/g; s/in [0-9.]*s,/in TIME,/' | LC_ALL=C sort
}
shown "$readme" | alike >"$top/said"
alike <"$top/recorded" >"$top/seen"
[ "$(wc -l <"$top/said")" -gt 20 ] || fail "the README shows no run"
diff "$top/said" "$top/seen" >"$top/diff" || fail "the README (<) and the run (>) differ; \`make recording\` writes it anew:
$(cat "$top/diff")"
