#!/bin/sh
# Tasks that somebody does by hand: who may have one, what becomes of what they did, and what a run,
# --status and --clean make of it.
. "$E2E/lib.sh"
trap 'kill $owners 2>/dev/null' EXIT
owners=

# by NAME ARGUMENT…: agentmake, started by a process of its own, which lives on; out.NAME, err.NAME,
# status.NAME, pid.NAME are in $top
by() {
	name=$1
	shift
	rm -f "$top/status.$name"
	sh -c 'n=$1; shift; echo $$ >"$top/pid.$n"
		"$AGENTMAKE" "$@" >"$top/out.$n" 2>"$top/err.$n" </dev/null
		echo $? >"$top/new.$n"; mv "$top/new.$n" "$top/status.$n"; exec sleep 60' by "$name" "$@" &
	owners="$owners $!"
}
export top AGENTMAKE

# gone NAME: that process ends
gone() {
	kill -9 "$(cat "$top/pid.$1")"
	wait "$(cat "$top/pid.$1")" 2>/dev/null
}

# did NAME STATUS: waits for what `by` started
did() {
	wait_for "$top/status.$1"
	cp "$top/out.$1" "$top/out"
	cp "$top/err.$1" "$top/err"
	is "$(cat "$top/status.$1")" "$2" "status of $1"
}

plan() {
	agentfile <<'END'
agent bot
    run echo "bot $AGENTMAKE_TASK" >src/$AGENTMAKE_TASK
defaults
    agent bot
task f1
    title  Mend the first
    owns   src/f1
    shares CHANGELOG
    prompt Make it right.
    verify grep -q right src/f1
task f2: f1
    owns   src/f2
    prompt Do it.
task f3
    owns   src/f3
    prompt Do it.
task both
    owns   src/f1 src/f4
    prompt Do it.
task last
    owns   src/last
    prompt Do it.
task gate
    verify true
END
}

# criticized COMMAND: task f1, of which the work is reviewed by what the command says, yes or no
criticized() {
	agentfile <<END
agent bot
    run true
agent critic
    run $1
    approve /^yes\$/
    reject  /^no\$/
task f1
    agent  bot
    owns   src/f1
    prompt Do it.
    verify true
    review critic
END
}

it "leases a worktree with a brief, copies and set-up, and prints its path alone"
repo lease
echo secret >.env
plan
{ printf 'copy .env\nsetup touch built.o droppings\n'; cat Agentfile; } >A && mv A Agentfile && git commit -qam setup
remember
am --claim f1
status_is 0
is "$(cat ../out)" "$top/lease.agentmake/wt-2001"
tree=$(cat ../out)
is "$(git -C "$tree" status --porcelain)" ""
is "$(git -C "$tree" rev-parse HEAD)" "$(git rev-parse main)"
is "$(cd "$tree" && ls -A | tr '\n' ' ')" ".env .git .gitignore Agentfile CHANGELOG built.o src "
err_has "claimed 'f1': Mend the first"
err_has "it may change src/f1, and shares CHANGELOG"
err_has "when it is done: agentmake -C $top/lease --complete f1"
err_has "to give it up: agentmake -C $top/lease --release f1"
brief=$(sed -n 's/.*its brief: //p' ../err)
grep -q 'Make it right' "$brief" || fail "no prompt in $brief"
grep -q "agentmake -C $top/lease --complete f1" "$brief" || fail "how to hand it in"
am --claim f1
status_is 0
is "$(cat ../out)" "$tree"
err_has "you have 'f1'"
is_untouched

it "refuses what is blocked, in conflict, no agent's, unknown, or too much"
am --claim f2
status_is 1
err_has "'f2' waits for 'f1', which is not done"
am --claim both
status_is 1
err_has "'both' could touch the same files as 'f1', which is claimed by process $$ on "
am --claim gate
status_is 1
err_has "'gate' only verifies"
am --claim nothing
status_is 2
am --claim f2 f3
status_is 2
err_has "takes one task"
am --complete f3
status_is 2
err_has "'f3' is not claimed"
am --release f3
status_is 2
is "$(cat ../out)" ""

it "says commands that can be given in the worktree, where the Agentfile may be another one or none"
repo "by hand"
mkdir sub && cat >"sub/an Agentfile" <<'END_OF_FILE'
agent bot
    run true
task f1
    agent  bot
    owns   src/f1
    prompt Mend it
    verify grep -q right src/f1
END_OF_FILE
cd sub && am -f "an Agentfile" --claim f1
status_is 0
complete=$(sed -n 's/.*when it is done: //p' "$top/err") release=$(sed -n 's/.*to give it up: //p' "$top/err")
cd "$(cat "$top/out")" || fail "no work tree"
am --complete f1
status_is 2
err_has "this is a work tree of agentmake's own, for one task; run agentmake in $top/by hand"
(PATH=$top:$PATH && eval "$release") >"$top/out" 2>"$top/err" || fail "$release"
err_has "'f1' is given up"
cd "$top/by hand/sub" && am -f "an Agentfile" --claim f1
cd "$(cat "$top/out")" && echo right >src/f1 || fail "no work tree"
(PATH=$top:$PATH && eval "$complete") >"$top/out" 2>"$top/err" || fail "$complete"
err_has "1 merged"
cd "$top/lease" || exit 1

it "says them with the variables that were given"
repo variables
agentfile <<'END_OF_FILE'
DIR ?= lib
NOTE ?= none
agent bot
    run true
task f1
    agent  bot
    owns   {{DIR}}/f1
    prompt Mend it
    verify grep -q right {{DIR}}/f1
END_OF_FILE
am DIR=src NOTE="it's one" --claim f1
status_is 0
complete=$(sed -n 's/.*when it is done: //p' "$top/err")
cd "$(cat "$top/out")" || fail "no work tree"
(PATH=$top:$PATH && eval "$complete") >"$top/out" 2>"$top/err" && fail "it was not done"
complete=$(sed -n 's/.*when it is mended: //p' "$top/err")
echo right >src/f1
(PATH=$top:$PATH && eval "$complete") >"$top/out" 2>"$top/err" || fail "$complete"
err_has "1 merged"
cd "$top/lease" || exit 1

it "says what is claimed"
am --status
out_has "f1 is claimed by process $$ on "
am --status=json
python3 "$TESTS/schema/check.py" status "$top/out" || fail "schema"
out_has '"task":"f1","worktree":"'"$tree"'"'
out_has '"alive":true'

it "is left alone by a run, and so is what conflicts with it; the rest is done"
am -j2 -S
status_is 3
err_has "f1 is claimed by process $$ on "
err_has "both could touch the same files as f1, which is claimed by"
into_has src/f3 "bot f3"
echo here >"$tree/src/f1"
am --clean
status_is 0
err_has "kept the work tree $tree: f1 is claimed by"
is "$(cat "$tree/src/f1")" here

it "says why what was done does not pass, and the claim stays, until it is mended"
echo stray >"$tree/src/f4"
am --complete f1
status_is 1
err_has "it changed 1 file that it does not own, src/f4"
err_has "the claim stays, and the work is in $tree"
is "$(cat "$tree/src/f4")" stray
git -C "$tree" checkout -q src/f4
am --complete f1
status_is 1
err_has "the verification exited with status 1: grep -q right src/f1"
is "$(cat "$tree/src/f1")" here
is "$(git -C "$tree" status --porcelain)" ""
echo right >"$tree/src/f1"
echo line >>"$tree/CHANGELOG"
git -C "$tree" commit -qa --amend -m 'by hand'
am --complete f1
status_is 0
err_has "verifying the merged tree"
err_has "1 merged"
into_has src/f1 right
into_has CHANGELOG line
git log -1 --format=%B agentmake/into/main >"$top/out"
out_has "Agentmake-Task: f1"
out_has "Agentmake-Agent: by hand ("
[ ! -e "$tree" ] || fail "$tree is still there"
am --status=json
out_has '"claims":[]'
am --claim f1
status_is 1
err_has "'f1' is up to date"
is_untouched

it "gives a task to one of many who claim it at once, and different tasks to all"
repo race
agentfile <<'END'
agent bot
    run true
setup sleep 0.2
for X in a b c d e f g h
    task {{X}}
        agent bot
        owns src/{{X}}
        prompt Do it.
END
for i in 1 2 3 4 5 6 7 8; do by "r$i" --claim a; done
for i in 1 2 3 4 5 6 7 8; do wait_for "$top/status.r$i"; done
is "$(cat "$top"/status.r? | sort | tr -d '\n')" 01111111
winner=$(grep -l 0 "$top"/status.r?)
winner=${winner##*.}
is "$(cat "$top"/out.r?)" "$top/race.agentmake/wt-2001"
is "$(cat "$top"/err.r? | grep -c "is claimed by process $(cat "$top/pid.$winner") on ")" 7
for x in b c d e f g h; do by "$x" --claim $x; done
for x in b c d e f g h; do did $x 0; done
is "$(cat "$top"/out.[a-h] | sort -u | wc -l | tr -d ' ')" 7
is "$(git worktree list | wc -l | tr -d ' ')" 9
for x in a b c d e f g h; do by "x$x" --release $x; done
for x in a b c d e f g h; do did "x$x" 0; done
is "$(git worktree list | wc -l | tr -d ' ')" 1

it "never gives a task to a run and to somebody else"
sed -i 's/run true/run echo bot >src\/$AGENTMAKE_TASK; sleep 0.1/; s/sleep 0.2/true/' Agentfile && git commit -qam slow
by run -j4
for x in h a g b f c e d; do by "c$x" --claim $x; done
for x in a b c d e f g h; do wait_for "$top/status.c$x"; done
wait_for "$top/status.run"
for x in a b c d e f g h; do
	if [ "$(cat "$top/status.c$x")" = 0 ]; then
		git cat-file -e "agentmake/into/main:src/$x" 2>/dev/null && fail "$x was claimed and run"
	else
		git cat-file -e "agentmake/into/main:src/$x" 2>/dev/null || fail "$x was neither claimed nor run"
	fi
done

it "lets claims be made while a run is in progress, but none of what that does"
repo during
plan
sed -i 's/^    run echo/    run [ $AGENTMAKE_TASK != both ] || while [ ! -e ..\/..\/go ]; do sleep 0.05; done; echo/' Agentfile
sed -i 's/owns   src\/f1 src\/f4/owns   src\/f1 src\/both/' Agentfile
git commit -qam slow
by run -j1 both last
for i in $(seq 100); do
	am --status
	grep -q 'both  .*running  *agent' "$top/out" && break
	sleep 0.05
done
am --claim both
status_is 1
err_has "'both' is being done by the run in progress (process "
am --claim f1
status_is 1
err_has "'f1' could touch the same files as 'both', which is being done by the run in progress"
am --claim last
status_is 0
echo mine >"$(cat ../out)/src/last"
am --complete last
status_is 2
err_has "'last' cannot be completed while another agentmake works in this repository (process "
touch ../go
did run 3
err_has "last is claimed by process $$ on "
am --complete last
status_is 0
into_has src/last mine

it "hands back what conflicts, or fails merged, to be merged by hand"
repo moved
agentfile <<'END'
agent bot
    run echo bot >src/f1; echo bot >src/f2
task mine
    agent  bot
    owns   src/f1 src/f3
    prompt Do it.
    verify ! grep -q bot src/f2 || grep -q bot src/f3
END
git switch -q -c other main
echo bot >src/f1 && git commit -qam 'the other side'
git switch -q main
am --claim mine
tree=$(cat ../out)
echo mine >"$tree/src/f1"
git branch -f agentmake/into/main other
am --complete mine
status_is 4
err_has "task 'mine' conflicts"
err_has "to have what others did meanwhile: git -C $tree merge agentmake/into/main"
git -C "$tree" merge -q agentmake/into/main >/dev/null 2>&1 && fail "no conflict"
echo both >"$tree/src/f1"
git -C "$tree" commit -qam resolved
git switch -q other && echo bot >src/f2 && git commit -qam more && git switch -q main
git branch -f agentmake/into/main other
am --complete mine
status_is 1
err_has "Merged with what others did meanwhile"
is "$(cat "$tree/src/f1")" both
is "$(git -C "$tree" status --porcelain)" ""
git -C "$tree" merge -q agentmake/into/main || fail "merge"
echo bot >"$tree/src/f3"
am --complete mine
status_is 0
into_has src/f1 both
into_has src/f2 bot

it "has it reviewed, again after it was mended, or takes a word for it"
repo reviewed
criticized 'if grep -q good src/f1; then echo yes; elif grep -q odd src/f1; then echo hm; else echo no; fi'
am --claim f1
tree=$(cat ../out)
echo bad >"$tree/src/f1"
am --complete f1
status_is 1
err_has "the reviewer 'critic' rejected it"
is "$(cat "$tree/src/f1")" bad
echo odd >"$tree/src/f1"
am --complete f1
status_is 4
err_has "the next --complete has it reviewed again"
am --approve f1
status_is 0
echo 'odd, and more' >"$tree/src/f1"
am --complete f1
status_is 4
am --approve f1
am --complete f1
status_is 0
git log -1 --format=%B agentmake/into/main | grep -q '^Agentmake-Reviewer: Tester' || fail "no reviewer"
is "$(git worktree list | wc -l | tr -d ' ')" 1

it "verifies in a fresh worktree beside it, where that is asked for"
repo clean
agentfile <<'END'
agent bot
    run true
task f1
    agent  bot
    owns   src/f1
    prompt Do it.
    verify fresh
        pwd >../where
        [ ! -e junk.o ]
END
am --claim f1
tree=$(cat ../out)
touch "$tree/junk.o"
echo x >"$tree/src/f1"
am --complete f1
status_is 0
is "$(cat ../clean.agentmake/where)" "$top/clean.agentmake/wt-1001"

it "keeps what was done when it is given up, and loses no repository that is inside"
repo given
plan
am --claim f1
tree=$(cat ../out)
echo one >"$tree/src/f1" && git -C "$tree" commit -qam one
echo two >"$tree/src/new"
git init -q "$tree/inner" && touch "$tree/inner/file"
am --release f1
status_is 2
err_has "there are git repositories inside"
[ -e "$tree/inner/file" ] || fail "the repository inside is lost"
rm -rf "$tree/inner"
am --release f1
status_is 0
err_has "what was done for 'f1' is kept as refs/agentmake/kept/f1/1"
is "$(git show refs/agentmake/kept/f1/1:src/f1)" one
is "$(git show refs/agentmake/kept/f1/1:src/new)" two
[ ! -e "$tree" ] || fail "$tree is still there"
am --claim f1
rm -rf "$tree" Agentfile
am --release f1
status_is 0
err_has "'f1' is given up"
git checkout -q Agentfile
is "$(git worktree list | wc -l | tr -d ' ')" 1

it "tells when the owner is gone, and lets another have the work as it was left"
by first --claim f3
did first 0
tree=$(cat "$top/out")
echo half >"$tree/src/f3"
gone first
am --status=json
out_has '"alive":false'
am --status
out_has "and is gone ('agentmake --claim f3' takes it over"
am f3
status_is 3
err_has "and is gone ('agentmake --claim f3' takes it over"
is "$(cat "$tree/src/f3")" half
by one --claim f3
by two --claim f3
wait_for "$top/status.one"
wait_for "$top/status.two"
is "$(cat "$top/status.one" "$top/status.two" | sort | tr -d '\n')" 01
cat "$top/err.one" "$top/err.two" >"$top/err"
err_has "'f3' was claimed by process $(cat "$top/pid.first") on "
err_has "you take it over, with the work tree as it was left"
is "$(cat "$tree/src/f3")" half
am --complete f3
status_is 0
into_has src/f3 half

it "knows another process of the same number, another boot, and other hosts by their age"
am --claim f1
claim=.git/agentmake/claims/2001
alive() {
	am --status=json
	out_has "\"alive\":$1"
}
cp $claim ../claim
alive true
sed 's/"start":"[0-9]*"/"start":"1"/' ../claim >$claim
alive false
sed 's/"boot":"[^"]*"/"boot":"another"/' ../claim >$claim
alive false
sed 's/"host":"[^"]*"/"host":"elsewhere"/' ../claim >$claim
alive true
am --claim f1
status_is 1
err_has "on elsewhere since"
touch -d '31 minutes ago' $claim
alive false
am --claim f1
status_is 0
err_has "on elsewhere since"
touch -d '31 minutes ago' $claim
am --claim f1
is "$(find $claim -mmin -5)" $claim
am --release f1
status_is 0

it "begins anew after a claim that was killed while its worktree was made"
repo killed
plan
{ echo 'setup echo x >src/f2; touch ../begun; [ -e ../go ] || sleep 30'; cat Agentfile; } >A && mv A Agentfile && git commit -qam setup
am_until ../killed.agentmake/begun --claim f1
am_kill
touch ../killed.agentmake/go
for i in $(seq 60); do
	am --claim f1
	[ $status = 0 ] && break
	err_has "something is at work in"
	sleep 0.1
done
status_is 0
tree=$(cat ../out)
is "$(git -C "$tree" status --porcelain)" ""

it "misses no change after a completion that was killed"
repo lost
criticized 'touch ../begun; [ -e ../go ] || sleep 30; echo yes'
am --claim f1
tree=$(cat ../out)
echo one >"$tree/src/f1"
am_until ../lost.agentmake/begun --complete f1
am_kill
touch ../lost.agentmake/go
echo two >"$tree/src/f1" && git -C "$tree" add src/f1
am --complete f1
status_is 0
into_has src/f1 two
is "$(git worktree list | wc -l | tr -d ' ')" 1

sound moved
