# The live view, on terminals of tmux's: what it shows, its keys, and that nothing but what was said stays.
. "$E2E/lib.sh"

if ! command -v tmux >/dev/null; then
	echo "NOT TRIED: the live view, as there is no tmux"
	exit 0
fi
unset TMUX NO_COLOR STY XTERM_VERSION
ulimit -c 0

tm() {
	tmux -S "$top/tmux" -f /dev/null "$@"
}
trap 'tm kill-server 2>/dev/null' EXIT
tm new-session -d -s stays cat # or the server would end with the last terminal

# terminal COLUMNS ROWS: a new one, with a shell in it, which has filled it: tmux puts what gets higher out of
# sight, also where there are empty rows below
terminal() {
	tm kill-session -t v 2>/dev/null
	tm new-session -d -s v -x "$1" -y "$2" "exec env -u ENV PS1='> ' sh"
	shows ">"
	keys "cd '$PWD'; clear; seq -f above-%g 60" Enter
	shows above-60
}

keys() {
	tm send-keys -t v "$@"
}

resize() {
	tm resize-window -t v -x "$1" -y "$2"
}

screen() {
	tm capture-pane -p -t v
}

# shows TEXT: the screen does, or will soon
shows() {
	for i in $(seq 400); do
		screen | grep -qF -- "$1" && return
		sleep 0.05
	done
	screen >"$top/out"
	fail "the screen lacks: $1"
}

hides() {
	for i in $(seq 400); do
		screen | grep -qF -- "$1" || return 0
		sleep 0.05
	done
	screen >"$top/out"
	fail "the screen has: $1"
}

# the view is there once, here and in what has gone past, and what was above it still is
is_whole() {
	sleep 0.6 # it is not drawn at once after a change of size
	for i in $(seq 100); do
		tm capture-pane -p -S - -t v >"$top/out"
		[ "$(grep -c '[0-9]/5 done' "$top/out")" = 1 ] && [ "$(grep -c '^above-[1-9]' "$top/out")" = 60 ] && return
		sleep 0.05
	done
	fail "the view is not there once, or what was above it is not"
}

# ends STATUS: the run has, and the terminal is as it was
ends() {
	for i in $(seq 400); do
		[ "$(pgrep -P "$(tm display -p -t v '#{pane_pid}')")" ] || break
		sleep 0.05
	done
	keys "echo status \$? | tee ../ended; stty -g >../stty.after; echo looked >../looked" Enter
	wait_for ../looked
	is "$(cat ../ended)" "status $1"
	is "$(cat ../stty.after)" "$(cat ../stty.before)" "the terminal"
	rm ../ended ../looked
}

# run [ARGUMENT…]: begins
run() {
	rm -f ../go ../go.*
	keys "stty -g >../stty.before; '$AGENTMAKE' -y $*" Enter
	shows " running · "
}

# the cursor is shown: tmux knows
has_cursor() {
	for i in $(seq 100); do
		[ "$(tm display -p -t v '#{cursor_flag}')" = 1 ] && return
		sleep 0.05
	done
	fail "there is no cursor"
}

repo view
agentfile <<'END'
jobs 2
defaults
    run
        #!/bin/sh
        for i in $(seq 100); do printf '%s line %d\n' $AGENTMAKE_TASK $i; done
        printf '10%%\r20%%\r\033[32m%s at work\033[0m' $AGENTMAKE_TASK
        until [ -e ../../go ] || [ -e ../../go.$AGENTMAKE_TASK ]; do sleep 0.05; done
        echo $AGENTMAKE_TASK >$(echo src/$AGENTMAKE_TASK)
task parser
    owns src/parser
task 漢字-wide
    owns src/漢字-wide
task docs
    owns src/docs src/parser
task tests: docs
    owns src/tests
task more
    owns src/more
END
terminal 80 24

it "shows what runs, what that says, and what waits"
run
shows "parser    wt-"
shows "parser at work"
shows "漢字-wide at work"
shows "  held: docs (parser owns it) · waiting: 2"
shows "0/5 done · 2 running · 0 failed"
shows "> parser"
shows "l log · k kill · p pause · q stop · ? keys"
screen | grep -q '10%\|20%\|32m' && fail "it shows what was written over"
is "$(tm display -p -t v '#{cursor_flag}')" 0 "the cursor"

it "stays whole in a terminal of any size"
for size in "200 60" "30 24" "80 24" "41 30" "20 24" "110 24"; do
	resize ${size% *} ${size#* }
	is_whole
	shows "0/5 done"
done
for size in "100 30" "50 20" "70 24" "30 24" "80 24" "33 24" "80 24"; do
	resize ${size% *} ${size#* }
done
is_whole

it "shows a log, follows it, scrolls, and comes back"
keys l
shows "the end, followed"
shows "parser line 100"
hides "above-60"
keys PageUp
shows "End follows"
shows "parser line 70"
hides "parser line 100"
resize 60 15
shows "parser line 7"
keys Home
shows "parser line 1"
keys End
shows "parser line 100"
resize 80 24
keys q
shows "> parser"
is_whole

it "selects, and explains its keys"
keys Down
shows "> 漢字-wide"
keys Up
shows "> parser"
keys Tab
shows "> 漢字-wide"
keys x Z C-a Left
shows "> 漢字-wide"
keys '?'
shows "Any key closes this"
keys Escape
hides "Any key closes this"
is_whole

it "stops for Ctrl-Z, and goes on"
keys C-z
has_cursor
hides " running · "
keys "stty -g >../stty.after; echo here" Enter
shows "here"
is "$(cat ../stty.after)" "$(cat ../stty.before)" "the terminal"
keys fg Enter
shows "> 漢字-wide"
is "$(tm display -p -t v '#{cursor_flag}')" 0 "the cursor"
tm capture-pane -p -S - -t v >"$top/out"
is "$(grep -c '[0-9]/5 done' "$top/out")" 1

it "kills a task when that is confirmed, and not otherwise"
keys k
shows "kill 漢字-wide? y/n"
keys n
hides "y/n"
shows "漢字-wide at work"
keys k
shows "y/n"
keys y
shows "漢字-wide: it is ended; what it did is kept"
shows "more at work"

it "starts nothing while it is paused, and does not end"
keys p
shows "PAUSED "
touch ../go
shows " 2/5 done · 0 running"
shows "waiting: 2"
screen | grep -q "held:" && fail "held: what was in its way is done"
keys p
shows "agentmake: 4 merged, 1 killed"
shows "left: 漢字-wide. Run agentmake again to go on"
has_cursor
ends 3
is "$(tm capture-pane -p -S - -t v | grep -c '[0-9]/5 done')" 0 "views that are left"

it "tries again what was killed"
run
touch ../go
shows "1 merged, 4 up to date"
ends 0

it "finishes what runs, and no more, when it is asked to"
terminal 80 24
run -B
shows " at work"
keys q
shows "finishing what runs, and starting nothing new"
shows "STOPPING 0/5 done"
keys q
shows "end what runs, as Ctrl-C does? y/n"
keys n
hides "y/n"
touch ../go
shows "agentmake: 2 merged, 3 not run"
shows ". Run agentmake again to go on"
has_cursor
ends 3
tm capture-pane -p -S - -t v >"$top/out"
is "$(grep -c '^above-[1-9]' "$top/out")" 60

it "ends what runs when q is pressed twice and that is confirmed"
run -B
shows " at work"
keys q
shows "STOPPING"
keys q
shows "y/n"
keys y
shows "agentmake: 0 merged"
ends 130

it "gives the terminal back after Ctrl-C, also from a log"
run -B
shows " at work"
keys C-c
shows "agentmake: 0 merged"
has_cursor
ends 130
run -B
shows " at work"
keys l
shows "the end, followed"
keys C-c
hides "the end, followed"
has_cursor
ends 130

it "gives the terminal back when it is ended by a signal"
for signal in TERM HUP QUIT; do
	terminal 80 24
	run -B
	shows " at work"
	kill -$signal "$(pgrep -P "$(tm display -p -t v '#{pane_pid}')")" || fail "no agentmake"
	[ $signal = QUIT ] || shows "agentmake: 0 merged"
	has_cursor
	case $signal in QUIT) ends 131 ;; *) ends 143 ;; esac
	nothing_runs "$top/view.agentmake/wt"
done

it "shows the view without keys where standard input is no terminal"
terminal 80 24
run -B "</dev/null"
shows " at work"
screen | grep -q 'l log' && fail "there are no keys"
touch ../go
shows "agentmake: 5 merged"
ends 0
is "$(tm capture-pane -p -S - -t v | grep -c '[0-9]/5 done')" 0 "views that are left"

it "does not draw where somebody types to the shell"
terminal 80 24
rm -f ../go
keys "stty -g >../stty.before; '$AGENTMAKE' -y -B &" Enter
sleep 1.5
keys "echo typed" Enter
shows "typed"
screen | grep -q ' running · ' && fail "it draws in the background"
keys fg Enter
shows " at work"
touch ../go
shows "agentmake: 5 merged"
ends 0

it "takes a terminal that is hardly there"
terminal 20 5
rm -f ../go
keys "stty -g >../stty.before; '$AGENTMAKE' -y -B" Enter
shows "0/5 done"
resize 10 2
sleep 0.5
resize 1 1
sleep 0.5
resize 80 24
shows " at work"
touch ../go
shows "agentmake: 5 merged"
ends 0

it "leaves alone what the shell said while it was stopped without a warning"
terminal 80 24
run -B
shows " at work"
kill -STOP "$(pgrep -P "$(tm display -p -t v '#{pane_pid}')")"
shows Stopped
keys "echo while it stands" Enter
shows "> while it stands"
sleep 1
keys fg Enter
sleep 1
shows "Stopped"
shows "> while it stands"
touch ../go
shows "agentmake: 5 merged"
ends 0

it "goes on while the terminal is stopped by Ctrl-S"
terminal 80 24
run -B
shows "parser at work"
keys C-s
touch ../go
for i in $(seq 200); do
	done=$("$AGENTMAKE" --status=json | grep -c '^  {"name":"[^"]*","state":"done"')
	[ "$done" = 5 ] && break
	sleep 0.05
done
is "$done" 5 "tasks that are done"
keys C-q
shows "agentmake: 5 merged"
ends 0

it "has few colours, and none where NO_COLOR is set"
terminal 80 24
run -B
shows " at work"
tm capture-pane -p -e -t v | grep '/5 done' | grep -q "$(printf '\033\\[')" || fail "no colours"
keys q q y
shows "agentmake: 0 merged"
ends 130
keys "export NO_COLOR=1" Enter
run -B
shows " at work"
shows "> "
tm capture-pane -p -e -t v | grep -q "$(printf '\033')" && fail "colours"
keys q q y
shows "agentmake: 0 merged"
ends 130

it "gives lines where the terminal is dumb, and where events go to it"
for how in "env TERM=dumb" "env -u TERM" ""; do
	terminal 80 24
	touch ../go
	keys "stty -g >../stty.before; $how '$AGENTMAKE' -y -B ${how:+#}--events -" Enter
	shows "agentmake: 5 merged"
	tm capture-pane -p -S - -t v >"$top/out"
	grep -q '5/5 done' "$top/out" && fail "a view"
	ends 0
done

it "ends all variants of a task that is killed, and does not wait for those that have not begun"
repo ways
agentfile <<'END'
task api
    owns     src/f1
    variants one two three
    run
        #!/bin/sh
        echo {{variant}} at work
        until [ -e ../../go.{{variant}} ]; do sleep 0.05; done
        echo {{variant}} >src/f1
    choose   echo 1
END
terminal 80 24
run -j1
shows "one at work"
touch ../go.one
shows "two at work"
keys k
shows "kill api? y/n · all its variants are ended"
keys y
shows "agentmake: 0 merged, 1 killed"
ends 3

it "tries nothing again while it finishes, and says that work is left"
repo again
agentfile <<'END'
task a
    owns    src/f1
    retries 2
    run
        #!/bin/sh
        echo a at work
        until [ -e ../../go ]; do sleep 0.05; done
        echo tried >>../../tried
        exit 1
END
terminal 80 24
run
shows "a at work"
keys q
shows STOPPING
touch ../go
shows "agentmake: 0 merged, 1 not run"
ends 3
is "$(cat ../tried)" tried

it "tries nothing again while it is paused, and goes on from there"
rm ../tried
run
shows "a at work"
keys p
shows PAUSED
touch ../go
shows "a: attempt 1 of 3 failed"
shows "> a    wt-1 paused "
sleep 1
is "$(cat ../tried)" tried
rm ../go
keys p
shows "try 2 a at work"
keys p
shows PAUSED
touch ../go
shows "a: attempt 2 of 3 failed"
keys p
shows "task 'a' failed (attempt 3)"
ends 1
is "$(grep -c tried ../tried)" 3

it "ends what waits for the end of a pause"
for how in q k C-c; do
	run
	shows "a at work"
	keys p
	shows PAUSED
	touch ../go
	shows " paused "
	keys $how
	case $how in
	q) shows "agentmake: 0 merged, 1 not run" && ends 3 ;;
	k) shows "kill a? y/n" && keys y && shows "agentmake: 0 merged, 1 killed" && ends 3 ;;
	C-c) shows "agentmake: 0 merged, 1 not run" && ends 130 ;;
	esac
	tm send-keys -t v clear Enter
done

it "tries nothing again that waited for the end of a pause when another task ends the run"
repo stops
agentfile <<'END'
jobs 2
defaults
    run
        #!/bin/sh
        until [ -e ../../go.$AGENTMAKE_TASK ]; do sleep 0.05; done
        exit 1
task a
    owns    src/f1
    retries 1
task b
    owns src/f2
END
terminal 80 24
run -S
keys p
shows PAUSED
touch ../go.a
shows " paused "
touch ../go.b
shows "agentmake: 0 merged, 2 failed"
ends 1

it "asks at once whether to end what runs where a failure has stopped the run"
run -S
touch ../go.b
shows "l log · k kill · q end"
keys q
shows "end what runs, as Ctrl-C does? y/n"
keys n
touch ../go.a
shows "agentmake: 0 merged, 2 failed"
ends 1

it "keeps what conflicts for the next run where the run ends in a pause"
repo parts
agentfile <<'END'
jobs 3
agent both
    run echo v and u >CHANGELOG
task v
    owns   src/f1
    shares CHANGELOG
    on-conflict both
    run
        #!/bin/sh
        until [ -e ../../go.v ]; do sleep 0.05; done
        echo v >CHANGELOG
task u
    owns   src/f2
    shares CHANGELOG
    run
        #!/bin/sh
        until [ -e ../../go.u ]; do sleep 0.05; done
        echo u >CHANGELOG
task w
    owns src/f3
    run
        #!/bin/sh
        until [ -e ../../go.w ]; do sleep 0.05; done
        [ -e ../../go ] || exit 1
        echo w >src/f3
END
terminal 80 24
run -S
shows "w    wt-3 agent"
keys p
shows PAUSED
touch ../go.u
shows "1/3 done"
touch ../go.v
shows "> v    wt-1 paused "
touch ../go.w
shows "task 'v' conflicts"
shows "1 merged, 1 failed, 1 in conflict"
ends 1
touch ../go
am
status_is 0
err_has "an agent is asked to resolve it"
into_has CHANGELOG "v and u"
rm ../go ../go.*

it "goes on without its terminal where hangups are ignored, also from a pause"
repo hung
agentfile <<'END'
task a
    owns src/f1
    run
        #!/bin/sh
        echo a at work
        until [ -e ../../go ]; do sleep 0.05; done
        echo A >src/f1
task b: a
    owns src/f2
    run  echo B >src/f2
END
terminal 80 24
rm -f ../go
keys "trap '' HUP; exec '$AGENTMAKE' -y" Enter
shows "a at work"
keys p
shows PAUSED
tm kill-session -t v
touch ../go
for i in $(seq 200); do
	git show agentmake/into/main:src/f2 2>/dev/null | grep -q B && break
	sleep 0.05
done
into_has src/f2 B
nothing_runs "$AGENTMAKE -y"

it "says that tasks which were brought while it finished are left"
repo brought
agentfile <<'END'
task plan
    owns  tasks/**
    emits tasks/*.agentfile
    run
        #!/bin/sh
        echo plan at work
        until [ -e ../../go ]; do sleep 0.05; done
        mkdir tasks
        printf 'task more: plan\n    owns src/f1\n    run echo more >src/f1\n' >tasks/one.agentfile
END
terminal 80 24
run
shows "plan at work"
keys q
shows STOPPING
touch ../go
shows "agentmake: 1 merged"
shows "tasks that were brought have not joined this run"
ends 3
am -y
status_is 0
into_has src/f1 more

it "leaves a conflict that is to be resolved to the next run while it finishes"
repo later
agentfile <<'END'
jobs 2
defaults
    shares      CHANGELOG
    on-conflict retry
    run
        #!/bin/sh
        echo $AGENTMAKE_TASK at work
        until [ -e ../../go ]; do sleep 0.05; done
        echo "$(tail -n 1 CHANGELOG) $AGENTMAKE_TASK" >CHANGELOG
task a
    owns src/f1
task b
    owns src/f2
END
terminal 80 24
run
shows "b at work"
keys q
shows STOPPING
touch ../go
shows "agentmake: 1 merged, 1 not run"
shows "left: "
ends 3
run
touch ../go
shows "agentmake: 1 merged, 1 up to date"
ends 0
case $(git show agentmake/into/main:CHANGELOG) in
"changes a b" | "changes b a") ;;
*) fail "the two did not come together" ;;
esac

it "kills what is being verified, and merges the rest"
repo queue
agentfile <<'END'
jobs 2
task a
    owns   src/f1
    run    echo A >src/f1
    verify echo a is verified; until [ -e ../../go ]; do sleep 0.05; done
task b
    owns   src/f2
    run    echo B >src/f2
    verify echo b is verified
END
terminal 80 24
run
shows "a is verified"
shows "1/2 done"
keys k
shows "kill a? y/n"
keys y
shows "agentmake: 1 merged, 1 killed"
ends 3
into_has src/f2 B

sound
