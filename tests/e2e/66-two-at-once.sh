#!/bin/sh
# Two agentmake in one repository: one changes things at a time, and says who; whoever looks waits for nobody
# and sees nothing half done; what a dead one held is taken over.
. "$E2E/lib.sh"
trap 'kill $runs 2>/dev/null' EXIT
runs=

# a run that is at work until there is ../go; process $pid
at_work() {
	rm -f ../started ../go
	am_until "$top/started" "$@"
	runs="$runs $pid"
}

ends() {
	touch "$top/go"
	wait $pid
	status=$?
	cp "$top/out" "$top/out.run"
}

slow() {
	agentfile <<'END_OF_IT'
task a
    owns src/f1
    run  echo A >src/f1; touch ../../started; while ! [ -e ../../go ]; do sleep 0.05; done
    verify true
task b
    owns src/f2
    run  echo B >src/f2
    verify true
END_OF_IT
}

# refused ARGUMENT…: it is, by the lock, and nothing has changed
refused() {
	was=$(git for-each-ref; ls "$top/one.agentmake")
	"$AGENTMAKE" "$@" >"$top/out2" 2>"$top/err2" </dev/null
	is "$?" 2 "$* while another runs"
	grep -qE "agentmake is running in this repository already \(process $pid on $(hostname), since [0-9-]+ [0-9]+:[0-9]+:[0-9]+\); wait for it, or look at it with 'agentmake --status'" \
		"$top/err2" || fail "$*: $(cat "$top/err2")"
	is "$(git for-each-ref; ls "$top/one.agentmake")" "$was" "$* changed something"
}

it "says who runs, since when, and what to do, from wherever it is started"
repo one
slow
am b
status_is 0
git worktree add -q ../linked -b linked
at_work
for args in "" "-B b" "-j4" "-B" "--land" "--clean" "--undo b" "--discard a" "--mark-done b" "--approve a" "--choose a=b"; do
	refused $args
done
(cd src && refused) || exit 1
(cd ../linked && refused && refused --clean) || exit 1
(cd .. && refused -C one && refused -C linked/src --land) || exit 1

it "lets everybody look meanwhile, from wherever"
for dir in . src ../linked; do
	for args in --status --status=json "--log a" --history -n --explain --fsck "--diff b"; do
		(cd $dir && "$AGENTMAKE" $args) >"$top/out2" 2>"$top/err2" </dev/null || fail "$args: $(cat "$top/err2")"
	done
done
"$AGENTMAKE" --status >"$top/out2"
grep -q "^By process $pid on " "$top/out2" || fail "who"
"$AGENTMAKE" --fsck >"$top/out2"
grep -q "nothing is wrong; a run is in progress (process $pid on " "$top/out2" || fail "$(cat "$top/out2")"
ends
status_is 0
am --land
status_is 0
am --fsck
status_is 0

it "shows nothing half done, however often one looks"
repo many
{
	echo 'jobs 3'
	for i in $(seq 30); do
		printf 'task t%s\n    owns src/t%s\n    retries 1\n    run echo %s >src/t%s\n    verify [ -e ../../once%s ] || { touch ../../once%s; exit 1; }\n' \
			$i $i $i $i $i $i
	done
	printf 'task last: t*\n    verify touch ../../started; while ! [ -e ../../go ]; do sleep 0.05; done\n'
} | agentfile
rm -f ../started ../go
"$AGENTMAKE" >"$top/out.run" 2>"$top/err.run" </dev/null &
pid=$!
runs="$runs $pid"
for i in $(seq 200); do
	"$AGENTMAKE" --status >/dev/null 2>"$top/err" && grep -q . .git/agentmake/journal && break
done
looks=0
while [ $looks -lt 200 ]; do
	looks=$((looks + 1))
	for args in --status=json -n=json --status --history --fsck; do
		"$AGENTMAKE" $args >"$top/look" 2>"$top/err" </dev/null || fail "$args, look $looks: $(cat "$top/look")"
		[ -s "$top/err" ] && fail "$args said something"
		case $args in *json) cat "$top/look" >>"$top/json"; printf '\036' >>"$top/json" ;; esac
	done
	[ -e ../started ] && [ $looks -gt 40 ] && break
done
kill -0 $pid || fail "it was not looked at while it ran"
wait_for "$top/started"
"$AGENTMAKE" --log last -F >"$top/follow" 2>&1 &
follow=$!
"$AGENTMAKE" --status >"$top/out"
out_has "Run "
out_has ": running, began"
ends
status_is 0
wait $follow || fail "--log -F"
grep -q '^== verify' "$top/follow" || fail "--log -F: $(cat "$top/follow")"
python3 - "$top/json" <<'END_OF_IT' || fail "JSON"
import sys, json
looks = open(sys.argv[1]).read().split('\x1e')[:-1]
seen = set()
for text in looks:
    x = json.loads(text)
    if 'run' in x:
        assert x['state'] == 'running', x['state']
        seen.add(tuple(t['state'] for t in x['tasks']))
assert len(seen) > 1, 'nothing moved'
END_OF_IT

it "never calls a run dead that has just ended"
agentfile <<'END_OF_IT'
task a
    owns src/f1
    run  true
END_OF_IT
for i in 1 2 3 4 5; do
	"$AGENTMAKE" -B >/dev/null 2>&1 </dev/null &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		"$AGENTMAKE" --status >>"$top/states"
	done
	wait $pid
done
! grep -q died "$top/states" || fail "$(grep -m1 died "$top/states")"

it "takes over from one that was killed, and says so"
repo killed
slow
at_work
am_kill
touch ../go
am --status
out_has "it died; run agentmake again"
am
status_is 0
err_has "took over from an agentmake that did not end as it should (process $pid on $(hostname), since "
am -B b
status_is 0
err_lacks "took over"

words() {
	printf 'pid %s\nhost %s\nboot %s\nstart %s\nsince 2026-01-02 03:04:05\n' "$1" "$2" "$3" "$4" >.git/agentmake/lock
}
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown)

it "believes what is written of another host, until the file is removed"
words 4711 far.example other 99
for args in "-B b" --clean --land; do
	am $args
	status_is 2
	err_has "the lock says that agentmake is running on another host (process 4711 on far.example, since 2026-01-02 03:04:05)"
	err_has "If it does not run any more, remove '$(pwd -P)/.git/agentmake/lock'"
done
am --fsck
status_is 0
out_has "a run is in progress (process 4711 on far.example"
rm .git/agentmake/lock
am -B b
status_is 0

it "takes over what was left before a boot, or by a process whose number another has"
words 4711 "$(hostname)" other 99
am -B b
status_is 0
err_has "took over from an agentmake that did not end as it should (process 4711 on $(hostname), since 2026-01-02 03:04:05)"
words $$ "$(hostname)" "$boot" 1
am -B b
status_is 0
err_has "took over"
if [ -e /proc/self/stat ]; then
	words $$ "$(hostname)" "$boot" "$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)"
	am -B b
	status_is 2
	err_has "agentmake is running in this repository already (process $$ on $(hostname), since 2026-01-02 03:04:05), though the file system did not keep its lock"
	rm .git/agentmake/lock
	am -B b
	status_is 0
fi

if command -v cc >/dev/null && ! ldd "$outer_agentmake" | grep -q asan; then
	it "says so where the file system has no locks, and shows what there is all the same"
	printf '#include <errno.h>\nint flock(int f, int o) { (void)f; (void)o; errno = ENOLCK; return -1; }\n' >../no.c
	cc -shared -fPIC -o ../no.so ../no.c || fail cc
	LD_PRELOAD=$top/no.so "$outer_agentmake" -B b >"$top/out" 2>"$top/err" </dev/null
	status=$?
	status_is 2
	err_has "cannot lock '$(pwd -P)/.git/agentmake/lock': No locks available. Where the file system has no locks"
	LD_PRELOAD=$top/no.so "$outer_agentmake" --status >"$top/out" 2>"$top/err" || fail "--status"
	LD_PRELOAD=$top/no.so "$outer_agentmake" --fsck >"$top/out" 2>"$top/err" || fail "--fsck"
fi

it "does not do what another has done since it looked"
repo late
{ echo 'confirm always'; cat <<'END_OF_IT'; } | agentfile
task a
    owns src/f1
    run  echo run >>../../ran; echo A >src/f1
END_OF_IT
mkfifo ../answer
"$AGENTMAKE" >"$top/out" 2>"$top/err" <../answer &
pid=$!
runs="$runs $pid"
exec 7>../answer
for i in $(seq 100); do
	grep -q 'Run this' "$top/err" && break
	sleep 0.05
done
"$AGENTMAKE" -y >/dev/null 2>&1 </dev/null || fail "the other"
echo y >&7
exec 7>&-
wait $pid
status=$?
status_is 2
err_has "another agentmake has ended since this one looked at what there is to do"
is "$(wc -l <../ran | tr -d ' ')" 1
am -y
status_is 0
err_has "nothing to do"

sound
