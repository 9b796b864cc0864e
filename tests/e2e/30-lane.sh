. "$E2E/lib.sh"

it "verifies the merged tree, not only each part"
repo semantic
# alone each task passes; together they do not: 'both' is what no file shows
agentfile <<'END'
jobs 2
defaults
    verify ! (grep -q A src/f1 && grep -q B src/f2)
task a
    owns src/f1
    run  echo A > src/f1; sleep 0.3
task b
    owns src/f2
    run  echo B > src/f2; sleep 0.5
END
am
status_is 1
err_has "Merged with what others did meanwhile"
into_has src/f1 A
into_has src/f2 "file 2"
git rev-parse -q --verify refs/heads/agentmake/task/b >/dev/null || fail "b's work is lost"

it "lets the agent mend what the merge broke"
repo mend
agentfile <<'END'
jobs 2
agent second
    run  if [ {{attempt}} = 1 ]; then sleep 0.6; echo B > src/f2; else grep -q A src/f1 && echo C > src/f2; fi
defaults
    agent second
    verify ! (grep -q A src/f1 && grep -q B src/f2)
task a
    owns src/f1
    run  echo A > src/f1
task b
    owns src/f2
    prompt x
    retries 1
END
am
status_is 0
into_has src/f1 A
into_has src/f2 C

it "lets an agent mend it that commits by itself, and one that is verified in a fresh work tree"
for fresh in '' fresh; do
	repo commits$fresh
	agentfile <<END
jobs 2
agent second
    run
        if [ {{attempt}} = 1 ]; then sleep 0.6; echo B > src/f2; else grep -q A src/f1 && echo C > src/f2; fi
        git commit -qam 'by the agent' || true
task a
    owns src/f1
    run  echo A > src/f1
task b
    agent second
    owns src/f2
    prompt x
    retries 1
    verify $fresh
        ! (grep -q A src/f1 && grep -q B src/f2)
END
	[ -n "$fresh" ] || sed -i 's/verify $/verify/' Agentfile
	git commit -qam verify
	am
	status_is 0
	into_has src/f2 C
	git log --format=%B agentmake/into/main | grep -c 'Agentmake-Task: b' >../records
	is "$(cat ../records)" 1 "records of b in the history"
done

it "merges three ways what several tasks share"
repo share
for i in $(seq 40); do echo "line $i"; done >CHANGELOG
git commit -qam longer
agentfile <<'END'
jobs 3
task a
    owns src/f1
    shares CHANGELOG
    run  echo A > src/f1; sed -i 's/^line 5$/line 5 by a/' CHANGELOG; sleep 0.3
task b
    owns src/f2
    shares CHANGELOG
    run  echo B > src/f2; sed -i 's/^line 30$/line 30 by b/' CHANGELOG; sleep 0.3
END
am -n
out_has "PARALLEL"
am
status_is 0
into_has CHANGELOG "line 5 by a"
into_has CHANGELOG "line 30 by b"

it "stops at a conflict with exit status 4, and goes on when it is resolved"
repo conflict
agentfile <<'END'
jobs 2
task a
    owns src/f1
    shares CHANGELOG
    run  echo A > src/f1; echo by a > CHANGELOG; sleep 0.3
task b
    owns src/f2
    shares CHANGELOG
    run  echo B > src/f2; echo by b > CHANGELOG; sleep 0.5
task c: b
    owns src/f3
    run  echo C > src/f3
END
remember
am
status_is 4
err_has "task 'b' conflicts"
err_has "CHANGELOG"
err_has "agentmake/task/b"
err_has "c: blocked"
into_has CHANGELOG "by a"
is_untouched
am --status
out_has "conflict"
am
status_is 4
git worktree add -q ../resolve agentmake/task/b
(cd ../resolve && git merge -q agentmake/into/main; echo both >CHANGELOG && git commit -qam resolved) >/dev/null 2>&1
git worktree remove --force ../resolve
am
status_is 0
into_has CHANGELOG both
into_has src/f2 B
into_has src/f3 C
am --log b
status_is 2
err_has "there is no log of the last attempt of 'b': it ran nothing, or '"

it "keeps apart what could touch the same file, in the order of declaration"
repo apart
agentfile <<'END'
jobs 4
task one
    owns src/f1
    run  sleep 0.2; echo one >> src/f1
task two
    owns src/f*
    run  echo two >> src/f1
task three
    owns src/f1
    run  echo three >> src/f1
END
am -n
out_has "two is held until one is over: both own src/f1"
am
status_is 0
is "$(git show agentmake/into/main:src/f1 | tr '\n' ' ')" "file 1 one two three "

it "lets conflicting tasks go in any order where that is allowed, but never at once"
sed -i '1i conflicts any-order' Agentfile && git commit -qam any
am -B
status_is 0
is "$(git show agentmake/into/main:src/f1 | grep -c one)" 2

it "refuses conflicts where that is asked for"
sed -i '1s/.*/conflicts error/' Agentfile
am --check
status_is 2
err_has "'one' and 'two' conflict (both own), for example in 'src/f1'"

it "goes on after a failure, but not behind it; -S stops"
repo failing
agentfile <<'END'
task a
    owns src/f1
    run  false
task b: a
    owns src/f2
    run  true
task c: b
    owns src/f3
    run  true
task d
    owns src/f4
    run  echo d > src/f4
END
am
status_is 1
err_has "b: blocked"
err_has "c: blocked"
into_has src/f4 d
repo failing2
cp ../failing/Agentfile . && git add -A && git commit -qm x
am -S
status_is 1
is "$(git show agentmake/into/main:src/f4)" "file 4"

it "does not verify again what only other files changed, with 'reverify reads'"
repo reads
agentfile <<'END'
jobs 2
reverify reads
task a
    owns src/f1
    run  echo A > src/f1
task b
    owns src/f2
    reads src/f3
    run  echo B > src/f2; sleep 0.3
    verify echo b >> ../../verified
END
am
status_is 0
is "$(wc -l <../verified)" 1
into_has src/f1 A
into_has src/f2 B

it "lands on a base that has moved, merged and verified"
repo moved
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
    verify echo checked >> ../../checked; ! grep -q broken src/f4
END
am
status_is 0
echo other >src/f3 && git commit -qam other
rm -f ../checked
am --land
status_is 0
[ -e ../checked ] || fail "nothing was verified"
grep -q A src/f1 && grep -q other src/f3 || fail "not both"
is "$(git rev-parse main)" "$(git rev-parse agentmake/into/main)"

it "does not land what does not pass on the moved base"
repo moved2
cp ../moved/Agentfile . && git add -A && git commit -qm x
am
echo broken >src/f4 && git commit -qam other
head=$(git rev-parse main)
am --land
status_is 1
err_has "nothing was landed"
is "$(git rev-parse main)" "$head"

it "does not land over changes that are not committed"
repo dirty
cp ../moved/Agentfile . && git add -A && git commit -qm x
am
echo mine >src/f1
head=$(git rev-parse main)
am --land
status_is 2
err_has "was left as it is"
is "$(cat src/f1)" mine
is "$(git rev-parse main)" "$head"
git checkout -q src/f1
echo mine >src/f4
am --land
status_is 0
is "$(cat src/f4)" mine
grep -q A src/f1 || fail "not landed"

it "lands where base is not checked out, and at the end of a run with 'land auto'"
repo auto
agentfile <<'END'
base main
land auto
task a
    owns src/f1
    run  echo A > src/f1
END
git switch -q -c other
am
status_is 0
is "$(git rev-parse main)" "$(git rev-parse agentmake/into/main)"
err_lacks "'agentmake --land' brings it"
is "$(cat src/f1)" "file 1"

it "goes on from base when everything was landed and base has moved"
git switch -q main
echo new >src/f2 && git commit -qam new
sed -i 's/echo A/echo AA/' Agentfile && git commit -qam change
am
status_is 0
into_has src/f2 new
into_has src/f1 AA

it "undoes a task, and remembers that"
repo undo
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
task b
    owns src/f2
    run  echo B > src/f2
task c: a
    owns src/f3
    run  cat src/f1 > src/f3
    verify grep -q A src/f1
END
am
status_is 0
am --undo b
status_is 0
is "$(git show agentmake/into/main:src/f2)" "file 2"
into_has src/f1 A
am --explain
out_has "b: it was undone"
am --undo a
status_is 1
err_has "without 'a' the rest does not pass"
into_has src/f1 A
am --undo a c
status_is 0
is "$(git show agentmake/into/main:src/f1)" "file 1"
am --undo a
status_is 2
am
status_is 0
into_has src/f3 A

it "takes a task as done at the user's word"
repo mark
agentfile <<'END'
task a
    owns src/f1
    run  false
task b: a
    owns src/f2
    run  echo B > src/f2
END
am
status_is 1
am --mark-done a
status_is 0
am
status_is 0
into_has src/f2 B

it "cleans up what is merged, and says what it keeps"
repo clean
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
task b
    owns src/f2
    run  echo B > src/f2; false
END
am
status_is 1
[ -d ../clean.agentmake ] || fail "no worktree"
am --clean
status_is 0
err_has "kept refs/agentmake/kept/b/1"
[ -d ../clean.agentmake ] && fail "worktrees are left"
git rev-parse -q --verify refs/heads/agentmake/task/a && fail "branch a is left"
is "$(git worktree list | wc -l)" 1
am --discard b
status_is 0
err_has "discarded refs/agentmake/kept/b/1"
is "$(git for-each-ref refs/agentmake | wc -l)" 0
am --clean
status_is 0

it "cleans up squashed work too"
repo cleansquash
agentfile <<'END'
history squash
task a
    owns src/f1
    run  echo A > src/f1
END
am
am --clean
status_is 0
err_has "kept 0"

sound
