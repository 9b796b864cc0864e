. "$E2E/lib.sh"

slow='
jobs 2
task a
    owns src/f1
    run  echo half > src/f1; touch ../../started; sleep 765432 & sleep 765432
    verify grep -q whole src/f1
task b
    owns src/f2
    run  echo B > src/f2
task c: b
    owns src/f3
    run  echo C > src/f3
'

# the run that follows must get everything done
mend() {
	sed -i 's/echo half.*/echo whole > src\/f1/' Agentfile && git commit -qam mend
	am
	status_is 0
	into_has src/f1 whole
	into_has src/f2 B
	into_has src/f3 C
	rm -f ../started
}

for signal in INT TERM HUP; do
	it "ends what runs and keeps what is done on SIG$signal"
	repo "sig$signal"
	echo "$slow" | agentfile
	remember
	am_until ../started
	sleep 0.5
	kill -$signal $pid
	wait $pid
	status=$?
	case $signal in INT) status_is 130 ;; *) status_is 143 ;; esac
	nothing_runs "sleep 765432"
	into_has src/f3 C
	git show refs/agentmake/kept/a/1:src/f1 | grep -q half || fail "half the work was not kept"
	is_untouched
	am --explain
	out_has "a: interrupted last time"
	mend
done

it "kills at once on the second SIGINT"
repo twice
agentfile <<'END'
task a
    owns src/f1
    run  trap '' TERM INT; touch ../../started; sleep 654321; sleep 654321; sleep 654321
END
am_until ../started
kill -INT $pid
sleep 0.3
begin=$(date +%s)
kill -INT $pid
wait $pid
status=$?
status_is 130
[ $(($(date +%s) - begin)) -lt 5 ] || fail "it took too long"
nothing_runs "sleep 654321"
rm -f ../started

it "leaves nothing running and loses nothing when it is killed"
repo kill
echo "$slow" | agentfile
remember
am_until ../started
sleep 0.5
am_kill
am --status
out_has "it died; run agentmake again to go on"
nothing_runs "sleep 765432"
is_untouched
mend
err_has "an interrupted run left work of task 'a'"
git show refs/agentmake/kept/a/1:src/f1 | grep -q half || fail "half the work was not kept"

it "says what it waits for where that takes its time to end"
repo slow
agentfile <<'END'
task a
    owns src/f1
    run
        #!/bin/sh
        trap '' TERM
        [ -e ../../mended ] || touch ../../started
        until [ -e ../../mended ]; do sleep 0.1; done
        echo x >src/f1
END
am_until ../started
am_kill
rm ../started
"$AGENTMAKE" >"$top/out" 2>"$top/err" </dev/null &
pid=$!
for i in $(seq 100); do
	grep -q "waiting for what an earlier run left in .*/slow.agentmake/wt-1 to end" "$top/err" && break
	sleep 0.05
done
err_has "waiting for what an earlier run left"
touch ../mended
wait $pid
is $? 0
rm ../mended

it "survives the death of a keeper"
repo keeper
echo "$slow" | agentfile
am_until ../started
sleep 0.3
pkill -KILL -P $pid -f _keep
wait $pid
status=$?
status_is 1
err_has "its keeper was killed"
nothing_runs "sleep 765432"
mend

it "finds what is left when both were killed at once"
repo both
cat >Agentfile <<'END'
task a
    owns src/f1
    run
        setsid sleep 543210 >/dev/null 2>&1 &
        touch ../../started; sleep 543211
END
git add -A && git commit -qm x
am_until ../started
sleep 0.3
kill -STOP $pid
pkill -KILL -P $pid -f _keep
am_kill
rm ../started
sed -i '/setsid/d; s/touch.*/echo x > src\/f1/' Agentfile && git commit -qam mend
am
status_is 0
nothing_runs "sleep 54321"

it "goes on with what was verified but not merged"
repo queued
agentfile <<'END'
jobs 2
task a
    owns src/f1
    run  echo A > src/f1
    verify if [ -e ../../second ]; then touch ../../waiting; sleep 432109; fi
task b
    owns src/f2
    run  echo asked >> ../../asked; echo B > src/f2; sleep 0.4; touch ../../second
    verify true
task c
    owns src/f3
    run  sleep 0.2; echo asked >> ../../asked; echo C > src/f3; while ! [ -e ../../second ]; do sleep 0.1; done
    verify if [ "$(ls ../../waiting 2>/dev/null)" ]; then sleep 432109; fi; touch ../../waiting
END
am_until ../waiting
sleep 0.5
am_kill
nothing_runs "sleep 432109"
rm -f ../waiting ../second
touch ../waiting.not
am --explain
asked=$(wc -l <../asked)
am
status_is 0
into_has src/f2 B
into_has src/f3 C
grep -q "not yet merged" "$top/out" || true
[ "$(wc -l <../asked)" -le $((asked + 1)) ] || fail "everything was asked again"

it "refuses to run twice in one repository, and lets others look"
repo lock
echo "$slow" | agentfile
"$AGENTMAKE" >"$top/out1" 2>"$top/err1" </dev/null &
pid=$!
wait_for ../started
am
status_is 2
err_has "agentmake is running in this repository already (process $pid"
am --land
status_is 2
am --clean
status_is 2
am --status
status_is 0
out_has "running"
am -n
status_is 0
am --status=json
status_is 0
kill -TERM $pid
wait $pid
rm -f ../started

it "says which lines of the journal are damaged, and goes on"
repo journal
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
END
am
status_is 0
j=.git/agentmake/journal
n=$(wc -l <$j)
for cut in 1 7 60; do
	cp $j ../journal.good
	head -c -$cut ../journal.good >$j
	am --status
	status_is 0
	err_has "damaged"
	sed -i "s/echo A/echo A/; s/run  /run   /" Agentfile
	am -B
	status_is 0
	am --status
	status_is 0
	out_has "done"
	err_lacks "damaged"
done
python3 - $j <<'END'
import sys
b = bytearray(open(sys.argv[1], 'rb').read())
b[len(b) // 2] ^= 4
open(sys.argv[1], 'wb').write(b)
END
am --status
status_is 0
err_has "is damaged and was left out"
am --status --report -
status_is 0
err_has "is damaged and was left out"

it "does without its folder: what is done is in the commits"
rm -rf .git/agentmake
am -n
out_has "1 up to date"
am -B
status_is 0

it "removes the fresh work trees of a run that was killed"
repo fresh
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1
    verify fresh
        touch ../../started
        [ -e ../../go ] || sleep 1000
END
am_until ../started
am_kill
touch ../go
am
status_is 0
into_has src/f1 x
is "$(ls ../fresh.agentmake | grep -c wt-100)" 0 "fresh work trees that are left"

sound journal
