#!/bin/sh
# --fsck is silent about all that agentmake does by itself, also in a clone, and without its folder.
. "$E2E/lib.sh"

# everything that leaves something: retries, variants, shares, widen, revert, conflicts, failures, gates
plan() {
	agentfile <<'END_OF_IT'
jobs 3
history HISTORY
defaults
    retries 1
task a
    owns src/f1
    shares CHANGELOG
    run if [ $AGENTMAKE_ATTEMPT = 1 ]; then echo half >src/f1; else echo A >src/f1; fi; echo a >>CHANGELOG
    verify grep -q A src/f1
task b: a
    owns src/f2 "src/a b" src/x\*
    stray widen
    run echo B >src/f2; echo 1 >"src/a b"; echo 2 >'src/x*'; echo 3 >'src/odd "name'
    verify true
task c
    owns src/f3
    stray revert
    run echo C >src/f3; echo stray >src/stray
    verify true
task v
    owns src/v
    variants one two
    run echo {{variant}} >src/v
    verify true
    choose echo $((${AGENTMAKE_VARIANT#o} + 1)) 2>/dev/null; if [ $AGENTMAKE_VARIANT = two ]; then echo 2; else echo 1; fi
task gate: b c
    verify true
task bad
    owns src/bad
    run echo bad >src/bad
    verify false
task empty: c
    owns src/empty
    allow-empty
    run true
END_OF_IT
	sed -i "s/HISTORY/$1/" Agentfile && git commit -qam history
}

for history in merge squash; do
	it "finds nothing wrong with all that a run does, history $history"
	repo "$history"
	plan $history
	sound_here "0 commits, 0 tasks, 0 kept references"
	am -j3
	status_is 1
	sound_here "6 commits, 6 tasks, "
	git log --format=%B agentmake/into/main | grep -qx 'Agentmake-Widened: "src/odd \\042name"' || fail "no trailer"

	it "nor with what came of the tasks then, history $history"
	am -B -j3 c
	status_is 0
	sound_here "7 commits"
	am --undo empty c
	status_is 0
	sound_here "9 commits"
	am --mark-done c
	status_is 0
	sound_here "10 commits, 6 tasks"
	git switch -q -c other && git switch -q main
	echo mine >mine && git add mine && git commit -qm 'on base'
	am --land
	status_is 0
	err_has "main has moved"
	sound_here "11 commits"
	am --discard bad v
	status_is 0
	sound_here
	am --clean
	status_is 0
	git gc -q --prune=now
	sound_here "11 commits"
	am -q
	am -j2
	sound_here "13 commits, 6 tasks"

	it "nor with a clone of it, nor without its folder, history $history"
	git clone -q . ../"$history-clone" && cd ../"$history-clone" || fail clone
	sound_here "0 kept references: nothing is wrong; there is no journal here"
	cd ../$history || fail cd
	rm -rf .git/agentmake ../$history.agentmake
	git worktree list --porcelain | sed -n 's/^worktree //p' | grep '[.]agentmake/' | while read -r t; do
		git worktree unlock "$t" && git worktree remove "$t"
	done
	sound_here "there is no journal here"
done

it "finds nothing wrong in a clone of what has not landed, nor at no branch"
repo unlanded
agentfile <<'END_OF_IT'
task a
    owns src/f1
    run echo A >src/f1
    verify true
END_OF_IT
am
status_is 0
git clone -q . ../unlanded-clone && cd ../unlanded-clone || fail clone
sound_here "1 commit, 1 task, 0 kept references"
git checkout -q --detach
sound_here "1 commit, 1 task, 0 kept references"

it "nor where somebody merged the integration branch, and deleted it"
cd ../unlanded || fail cd
git merge -q --no-ff -m 'as a pull request' agentmake/into/main && git branch -q -D agentmake/into/main
sound_here "1 commit, 1 task, 0 kept references"

it "looks at all of a shallow clone, once it is whole"
for i in 1 2 3; do echo $i >>src/f4 && git commit -qam $i; done
git clone -q --depth 2 "file://$PWD" ../shallow && cd ../shallow || fail clone
am --fsck
if [ $status != 0 ]; then
	err_has "this is a shallow clone"
	git fetch -q --unshallow
fi
sound_here
