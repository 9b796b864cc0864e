#!/bin/sh
# A long run: TASKS tasks of which some fail, hang, or kill what watches over them, eight at once, until about
# 2,000 attempts were made; then the same interrupted by kill -9. Says what agentmake needed meanwhile, and
# fails where that grows, or where something is left behind that README.md does not name.
#
# usage: AGENTMAKE=PROGRAM [TASKS=1300] soak.sh
set -u
: "${AGENTMAKE:?is the path of the program}"
tasks=${TASKS:-1300}
work=$(mktemp -d "${TMPDIR:-/tmp}/agentmake-soak.XXXXXX") || exit 1
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export HOME="$work/home" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 TERM=dumb
unset MAKEFLAGS MAKELEVEL MFLAGS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE XDG_CONFIG_HOME
mkdir "$HOME"

fail() {
	echo "soak.sh: $*" >&2
	tail -n 20 "$work/err" >&2
	exit 1
}

git init -q -b main "$work/r" && cd "$work/r" || exit 1
git config user.name Tester && git config user.email tester@example.com
mkdir src && echo start >src/start
# what becomes of an attempt is drawn from the task's name and the attempt's number: always the same
cat >work.sh <<'END'
n=$(printf %s "$AGENTMAKE_TASK.$AGENTMAKE_ATTEMPT" | cksum | cut -d ' ' -f 1)
echo "$AGENTMAKE_TASK" >"src/$AGENTMAKE_TASK"
case $((n % 20)) in
0 | 1 | 2) echo "it fails"; exit 1 ;;
3) sleep 30 ;;                 # the time-out ends it
4) kill -9 $PPID; sleep 30 ;;  # its own shell
5) sleep 30 & ;;               # something stays behind
6) git add -A; git commit -qm "by the task" ;;
7) echo stray >>src/start; exit 1 ;;
8) head -c 200000 /dev/zero | tr '\0' x ;;
esac
exit 0
END
agentfile() {
	echo "defaults"
	echo "    retries 4"
	echo "    timeout 1s"
	for i in $(seq "$tasks"); do
		printf 'task %s%s\n    owns src/%s%s\n    run sh work.sh\n    verify test -s src/%s%s\n' \
			"$1" "$i" "$1" "$i" "$1" "$i"
	done
}
agentfile t >Agentfile
git add -A && git commit -qm first || exit 1

# what the process needs: kilobytes of memory, descriptors
sample() {
	rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$1/status" 2>/dev/null) || return
	fds=$(ls "/proc/$1/fd" 2>/dev/null | wc -l)
	done=$(grep -c '"attempt"' .git/agentmake/journal 2>/dev/null)
	[ -n "$rss" ] && echo "$done $rss $fds" >>"$work/samples"
}

begin=$(date +%s)
"$AGENTMAKE" -j8 -s >"$work/out" 2>"$work/err" </dev/null &
pid=$!
while kill -0 $pid 2>/dev/null; do
	sample $pid
	sleep 0.5
done
wait $pid
status=$?
seconds=$(($(date +%s) - begin))
[ $status -le 1 ] || fail "exit status $status"
"$AGENTMAKE" --status=json >"$work/status.json" || fail "--status"
attempts=$(python3 - "$work/status.json" <<'END'
import json, sys
t = json.load(open(sys.argv[1]))["tasks"]
print(sum(len(x["attempts"]) for x in t), sum(x["state"] == "done" for x in t), sum(x["state"] == "failed" for x in t))
END
) || fail "--status=json"
set -- $attempts
echo "soak.sh: $tasks tasks, $1 attempts in ${seconds} s: $2 done, $3 failed"
[ "$(($2 + $3))" = "$tasks" ] || fail "some are neither done nor failed"
python3 - "$work/samples" <<'END' || fail "it grows"
import sys
rows = [tuple(map(int, l.split())) for l in open(sys.argv[1]) if len(l.split()) == 3]
if len(rows) < 8:
    sys.exit("too few samples")
early, late = rows[len(rows) // 5: len(rows) // 2], rows[-max(2, len(rows) // 5):]
mid = lambda v: sorted(v)[len(v) // 2]
for i, name, most in ((1, "memory, KiB", 4096), (2, "descriptors", 4)):
    a, b = mid([r[i] for r in early]), mid([r[i] for r in late])
    print(f"soak.sh: {name}: {a} early, {b} late, {max(r[i] for r in rows)} at most")
    if b > a + most:
        sys.exit(f"{name} grew by {b - a}")
END

left() {
	is=$1 want=$2
	shift 2
	[ "$is" -le "$want" ] || fail "$is $*, not at most $want"
	echo "soak.sh: $is $*"
}
left "$(git worktree list | grep -c '\.agentmake/wt-')" 16 "work trees (eight agents, and eight that wait to be merged)"
left "$(ls .git/agentmake/slots | wc -l)" 64 "files of slots"
left "$(ls ../r.agentmake | wc -l)" 32 "folders beside the repository"
kept=$(git for-each-ref refs/agentmake/kept | wc -l)
left "$kept" "$(($1 - $2))" "kept references (one for an attempt that left something, at most)"
left "$(git for-each-ref refs/heads/agentmake/task | wc -l)" "$tasks" "branches of tasks"
left "$(ls .git/agentmake/run | wc -l)" 48 "files of the keepers"
left "$(grep -lsz "^AGENTMAKE_TASK=" /proc/[0-9]*/environ 2>/dev/null | while read -r p; do
	grep -qsz "^HOME=$HOME$" "$p" && echo "$p"; done | wc -l)" 0 "processes"
before=$(wc -c <.git/agentmake/journal)
"$AGENTMAKE" -j8 -s -q; "$AGENTMAKE" -j8 -s >"$work/out" 2>"$work/err" </dev/null
echo "soak.sh: journal: $before bytes after the run, $(wc -c <.git/agentmake/journal) after the next"

# and now with an end in the middle, again and again
agentfile u >Agentfile
git commit -qam again
for i in 1 2 3 4 5 6; do
	"$AGENTMAKE" -j8 -s >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	sleep "$i"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
done
"$AGENTMAKE" -j8 -s >"$work/out" 2>"$work/err" </dev/null
status=$?
[ $status -le 1 ] || fail "exit status $status after kill -9"
left "$(git worktree list | grep -c '\.agentmake/wt-')" 16 "work trees after six times kill -9"
before=$(wc -c <.git/agentmake/journal)
"$AGENTMAKE" -j8 -s >"$work/out" 2>"$work/err" </dev/null
echo "soak.sh: journal: $before bytes, $(wc -c <.git/agentmake/journal) after another run"
git fsck --connectivity-only >"$work/err" 2>&1 || fail "git fsck"
"$AGENTMAKE" --clean -s >"$work/out" 2>"$work/err" || fail "--clean"
left "$(git worktree list | grep -c '\.agentmake/wt-')" 0 "work trees after --clean"
