. "$E2E/lib.sh"

# the row of a -j: what it takes, the speed-up, idle agents
row() {
	sed -n "s/^ *$1\*\{0,1\}  *//p" "$top/out" | sed 's/   *[█░].*//; s/   */|/g'
}

# what is printed, however it is wrapped
said() {
	tr '\n' ' ' <"$top/out" | grep -qF "$1" || fail "standard output lacks: $1"
}

it "says that nothing is known of how long tasks take, and counts steps"
repo steps
agentfile <<'END'
task first
    owns  a
    run   touch a
for N in 1 2 3 4
    task t{{N}}: first
        owns  f{{N}}
        run   touch f{{N}}
END
am --simulate
status_is 0
out_has "Each counts as one step"
is "$(row 1)" '5 steps|1.0×|0.0 (0%)'
is "$(row 2)" '3 steps|1.7×|0.3 (17%)'
is "$(row 3)" '3 steps|1.7×|1.3 (44%)'
is "$(row 4)" '2 steps|2.5×|1.5 (38%)'
is "$(row 5)" ''
out_has "-j 4 is enough"
out_has "2 steps for first → t1"
out_has "No agent is asked"
git diff --quiet HEAD || fail "something was written"
[ ! -e .git/agentmake ] || fail "something was remembered"

it "takes the numbers that are given, and marks the one that stands"
am --simulate=2,4-5 -j4
status_is 0
is "$(grep -c '×' "$top/out")" 3
grep -q '^    4\*' "$top/out" || fail "-j 4 is not marked"
out_has "-j 4 is enough. "

it "finds the least that is enough in any order"
am --simulate=6,5,4,1
status_is 0
out_has "-j 4 is enough"

it "draws the plot where there is room for it, and no broken lines where there is none"
for width in 40 60 61; do
	python3 -c '
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("4H", 24, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], [sys.argv[2], "--simulate"])
out = b""
try:
    while part := os.read(fd, 4096):
        out += part
except OSError:
    pass
print(max(len(line) for line in out.decode().splitlines()) <= int(sys.argv[1]), "at work" in out.decode())
' $width "$AGENTMAKE" >"$top/out"
	is "$(cat "$top/out")" "True $([ $width = 61 ] && echo True || echo False)" "at $width columns"
done

it "does not call enough what is only the most that was asked for"
am --simulate=1-2
status_is 0
out_has "Of these -j 2 is enough, but more are faster: see --simulate"
for bad in 0 x 1001 4-2 2, , 1-; do
	am --simulate=$bad
	status_is 2
	err_has "'--simulate=$bad': it takes numbers from 1 to 1000"
done

it "goes by estimates, and says for how many nothing is known"
agentfile <<'END'
jobs 2
HOURS = 2h
defaults
    estimate  {{HOURS}}
task first
    owns      a
    run       touch a
    estimate  30m
for N in 1 2 3 4
    task t{{N}}: first
        owns  f{{N}}
        run   touch f{{N}}
END
am --simulate
is "$(row 1)" '8h30m|1.0×|0.0 (0%)'
is "$(row 2)" '4h30m|1.9×|0.1 (6%)'
is "$(row 4)" '2h30m|3.4×|0.6 (15%)'
out_has "by what 'estimate' says. Retries"
am -n
out_has "Expected to take 4h30m (8h30m one after the other), by what 'estimate' says"
am --simulate HOURS=1h t1 t2
is "$(row 2)" '1h30m|1.7×|0.3 (17%)'
am -n=json
is "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["makespan_s"])' "$top/out")" 16200

it "goes by what runs took rather than by estimates, and so does the plan"
am -j3 first t1
status_is 0
am --simulate -B
said "Times are by what earlier runs took and 'estimate' says. Retries"
am --simulate -B first t1
out_has "by what earlier runs took. Retries"
am --simulate first t1
status_is 0
err_has "nothing to simulate: 2 tasks are up to date; -B plays all of them through"

it "chooses what is next among all that may begin once several end at the same time"
repo ties
while read name minutes blockers; do
	printf 'task %s%s\n    owns %s\n    estimate %sm\n    run true\n' "$name" "${blockers:+: $blockers}" "$name" "$minutes"
done >"$top/file" <<'END'
t0 90
t1 2
t2 2 t1
t3 60 t2
t4 5
t5 10 t2
t6 90 t1
t7 60 t0 t2
t8 5
t9 120 t4
END
agentfile <"$top/file"
am --simulate=3
is "$(row 3)" '2h32m|2.9×|0.1 (3%)' # t2 and t6 end after 92 minutes, and t3 and t7 go before t8

it "counts each variant as an agent, and what a success has cost"
repo cost
agentfile <<'END'
agent paid
    run  cat >/dev/null; echo "cost=0.50"; test -e ../seen || { touch ../seen; exit 1; }; echo x >{{task}}
    sum  /cost=(?<cost>[0-9.]+)/
defaults
    agent     paid
    estimate  1h
    prompt    x
task plain
    owns     plain
    retries  1
task tried
    owns      tried
    variants  a b
    choose    echo 1
END
am --simulate
is "$(row 1)" '3h00m|1.0×|0.0 (0%)'
is "$(row 3)" '1h00m|3.0×|0.0 (0%)'
out_has "Cost: not reported so far"
am plain
status_is 0
am --simulate -B plain
said "Cost: \$1.00 whatever -j, by what 1 of 1 tasks cost so far, failed attempts with it."
am --simulate -B
said "by what 1 of 2 tasks cost"

it "prints what the README shows"
repo readme
agentfile <<'END'
jobs 4
defaults
    agent     claude
    prompt    x
    estimate  20m
task schema
    owns      schema
    estimate  25m
for R in users orders billing cart search
    task routes-{{R}}: schema
        owns  routes-{{R}}
task docs: routes-*
    owns      docs
    estimate  15m
END
am --simulate
sed -n '/^\$ agentmake --simulate$/,/^```$/p' "$TESTS/../README.md" | sed '1d; $d' >"$top/shown"
[ -s "$top/shown" ] || fail "the README shows none"
diff "$top/shown" "$top/out" >"$top/err" || fail "the README (<) shows something else"
sound
