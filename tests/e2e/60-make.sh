. "$E2E/lib.sh"

# counts how many jobs run at once: each says when it begins and ends
cat >"$top/job" <<'END'
#!/bin/sh
echo "+" >>"$1"
sleep "${2:-0.2}"
echo "-" >>"$1"
END
chmod +x "$top/job"

most() {
	awk '/\+/ { n++; if (n > most) most = n } /-/ { n-- } END { print most }' "$1"
}

it "is a client of make's jobserver"
repo client
cat >Makefile <<END
all: one two work
one two:
	$top/job $top/client.log 0.4
work:
	+@$AGENTMAKE -j 4 -s
END
cat >Agentfile <<END
for F in 1 2 3 4
    task f{{F}}
        owns src/f{{F}}
        run  $top/job $top/client.log; echo x > src/f{{F}}
END
git add -A && git commit -qm x
make -j2 >"$top/out" 2>"$top/err" || fail "make -j2"
is "$(most "$top/client.log")" 2 "jobs at once under make -j2"
err_lacks "warning"
err_lacks "INTERNAL"
is "$(git log --oneline --first-parent main..agentmake/into/main | wc -l)" 4

it "sets up under a make that has no token to spare"
repo setup
cat >Makefile <<END
all: one work
one:
	sleep 1
work:
	+@$AGENTMAKE -j 3 -s
END
cat >Agentfile <<END
setup
    echo one >> made.o
    echo two >> made.o
for F in 1 2 3
    task f{{F}}
        owns src/f{{F}}
        run  test "\$(cat made.o)" = "\$(printf 'one\ntwo')" && echo x > src/f{{F}}
END
git add -A && git commit -qm x
make -j2 >"$top/out" 2>"$top/err" || fail "make -j2"
is "$(git log --oneline --first-parent main..agentmake/into/main | wc -l)" 3

it "gives every token back, also when it is interrupted"
repo tokens
cat >Makefile <<END
all: work
	@$top/job $top/tokens.log & $top/job $top/tokens.log; wait
work:
	-+@$AGENTMAKE -j 4 -s 2>/dev/null
END
cat >Agentfile <<END
for F in 1 2 3
    task f{{F}}
        owns src/f{{F}}
        run  touch $top/tokens.started; sleep 5
END
git add -A && git commit -qm x
make -j3 >"$top/out" 2>"$top/err" &
pid=$!
wait_for "$top/tokens.started"
sleep 0.3
pkill -INT -f "$AGENTMAKE -j 4 -s"
wait $pid
err_lacks "INTERNAL"

it "says that a jobserver is out of reach, and works without it"
repo plain
cat >Makefile <<END
all:
	@$AGENTMAKE -s
END
cat >Agentfile <<'END'
task a
    owns src/f1
    run  echo "$MAKEFLAGS" > src/f1
END
git add -A && git commit -qm x
make -j2 >"$top/out" 2>"$top/err" || fail "make"
if make --version | grep -q 'Make 4\.[0-3]'; then
	err_has "begin the recipe's line with '+'"
fi
is "$(git show agentmake/into/main:src/f1)" ""

it "is a client of a named jobserver, as make 4.4 makes one"
repo fifo
mkfifo "$top/js"
exec 9<>"$top/js"
printf 'ab' >&9
cat >Agentfile <<END
for F in 1 2 3 4 5
    task f{{F}}
        owns src/f{{F}}
        run  $top/job $top/fifo.log; echo x > src/f{{F}}
END
git add -A && git commit -qm x
MAKEFLAGS=" -j3 --jobserver-auth=fifo:$top/js" "$AGENTMAKE" -j 5 >"$top/out" 2>"$top/err" </dev/null \
	|| fail "under a named jobserver"
is "$(most "$top/fifo.log")" 3 "jobs at once with two tokens"
tokens=$(timeout 1 dd bs=1 count=2 <&9 2>/dev/null)
case $tokens in ab | ba) ;; *) fail "the tokens came back as '$tokens'" ;; esac
exec 9>&-

it "is a jobserver for its commands, which make obeys"
repo server
cat >Makefile <<END
all: 1 2 3 4 5 6
%:
	@$top/job $top/server.log
END
cat >Agentfile <<'END'
jobs 2
for F in 1 2
    task f{{F}}
        owns src/f{{F}}
        run  make -s all && echo x > src/f{{F}}
END
git add -A && git commit -qm x
am
status_is 0
n=$(getconf _NPROCESSORS_ONLN)
[ "$n" -ge 2 ] || n=2
# each command has a slot of its own, and they share the rest
[ "$(most "$top/server.log")" -le $((n + 1)) ] || fail "$(most "$top/server.log") jobs at once on $n processors"
[ "$(most "$top/server.log")" -ge 2 ] || fail "the jobs ran one by one"

it "leaves agents out of it"
repo agents
cat >Agentfile <<'END'
agent show
    run  echo "[$MAKEFLAGS]" > src/f1
task a
    agent show
    owns src/f1
    prompt x
END
git add -A && git commit -qm x
MAKEFLAGS=k "$AGENTMAKE" >"$top/out" 2>"$top/err" </dev/null
is "$(git show agentmake/into/main:src/f1)" "[]"

sound
