#!/bin/sh
# --fsck finds what was done to a repository by hand; and what it says to do about that does it.
. "$E2E/lib.sh"
export PATH="$(dirname "$AGENTMAKE"):$PATH"

# wrong TEXT: that is found
wrong() {
	am --fsck
	status_is 1
	err_has "$1"
}

# mended: what the findings say to do is done, and then nothing is wrong any more
mended() {
	for round in 1 2; do
		grep -c '; mend: ' ../err | grep -q '[1-9]' || fail "nothing says how to mend it"
		sed -n 's/^agentmake: error: .*; mend: //p' ../err >../mend
		sh -e ../mend >../mended 2>&1 </dev/null || fail "$(cat ../mend ../mended)"
		am --fsck
		[ $status = 0 ] && break
	done
	status_is 0
}

# a repository of which two tasks are merged and one has failed
three() {
	repo "$1"
	agentfile <<'END_OF_IT'
task a
    owns src/f1
    run  echo A >>src/f1
    verify true
task b: a
    owns src/f2
    run  echo B >>src/f2
    verify true
task bad
    owns src/f3
    run  echo bad >src/f3
    verify false
END_OF_IT
	am
	status_is 1
	sound_here "2 commits, 2 tasks"
	into=agentmake/into/main
	ours=$(git rev-parse $into)
}

# amends the head of the integration branch: amend COMMAND [MESSAGE-FILTER]
amend() {
	git switch -q $into && eval "$1" && git add -A && git log -1 --format=%B >../message \
		&& eval "${2:-true}" && git commit -q --amend --allow-empty -F ../message && git switch -q main || fail amend
}

it "finds another tree than the one that was verified"
three tree
amend 'echo tampered >>src/f2'
wrong "of task 'b' on agentmake/into/main holds the tree $(git rev-parse --short=10 "$into^{tree}"), but $(git rev-parse --short=10 "$ours^{tree}") was verified"
is "$(grep -c error: ../err)" 1
mended
is "$(git rev-parse $into)" "$ours"
git show refs/agentmake/kept/fsck/1:src/f2 | grep -q tampered || fail "what was tampered with is lost"

it "also where it has landed, and where there is no journal"
three landed
amend 'echo tampered >>src/f2'
am --land
status_is 0
rm -rf .git/agentmake/journal .git/agentmake/records
wrong "of task 'b' holds the tree"
err_has "mend: agentmake --mark-done b"
mended

it "finds a commit that changes what its task does not own"
three foreign
amend 'echo tampered >>src/f4' 'sed -i "s/^Agentmake-Tree.*/Agentmake-Tree: $(git write-tree)/" ../message'
git branch -q -f lost "$ours"
wrong "of task 'b' on agentmake/into/main changed what the task does not own: src/f4"
err_has "mend: agentmake --undo b"
mended
git show $into:src/f4 | grep -q tampered && fail "it is still there"

it "finds a commit that is none of agentmake's"
three stranger
git switch -q $into && echo more >>src/f4 && git commit -qam 'by hand' && git switch -q main
wrong "on agentmake/into/main was not made by agentmake, and nothing says that it was verified"
mended
is "$(git rev-parse $into)" "$ours"
git show refs/agentmake/kept/fsck/1:src/f4 | grep -q more || fail "it is lost"

it "has such a commit verified before it is landed"
three hand
sed -i 's/verify true/verify ! grep -q more src\/f4/' Agentfile && git commit -qam stricter
git switch -q $into && echo more >>src/f4 && git commit -qam 'by hand' && git merge -q main -m 'by hand too' && git switch -q main
wrong "was not made by agentmake"
err_has "mend: agentmake --land"
am --land
status_is 1
err_has "has commits that agentmake did not make; verifying it"
err_has "as it is, the work does not pass; nothing was landed. task 'a': the verification exited with status 1"
git switch -q $into && git revert --no-edit HEAD~1 >/dev/null && git switch -q main
wrong "was not made by agentmake"
am --land
status_is 0
sound_here

it "finds trailers that were changed"
three trailers
amend true 'sed -i "s/^Agentmake-Task: b/Agentmake-Task: bad/" ../message'
wrong "task 'b' was merged as $(git rev-parse --short=10 $ours), which is on no reference"
mended
three signature
amend true 'sed -i "s/^Agentmake-Signature: ../Agentmake-Signature: ee/" ../message'
wrong "task 'b' was merged as $(git rev-parse --short=10 $ours), which is on no reference"
mended

it "finds trailers in what an agent wrote"
three forged
git switch -q -c w $into && echo x >>src/f2 && git commit -qam "$(printf 'x\n\nAgentmake-Task: bad\nAgentmake-Signature: a b')"
work=$(git rev-parse HEAD)
{ echo forged; echo; git log -1 --format=%B $into | grep '^Agentmake-' | grep -v 'Work\|Tree'
	echo "Agentmake-Work: $work"; echo "Agentmake-Tree: $(git rev-parse HEAD^{tree})"; } >../message
git switch -q main && git branch -q -D w
git update-ref refs/heads/$into "$(git commit-tree -p $into -p $work -F ../message $work^{tree})"
wrong "commit $(echo $work | cut -c1-10) says that it is of task 'bad', but is part of what another task merged"
sed -i 's/verify false/verify true/' Agentfile && git commit -qam mend
am --fsck
mended

it "finds work that is on no reference any more, and puts it back"
three work
w=$(git rev-parse agentmake/task/bad)
git branch -q -D agentmake/task/bad
wrong "the work of task 'bad', $(echo $w | cut -c1-10), is not merged and on no reference"
mended
is "$(git rev-parse agentmake/task/bad)" "$w"
am --clean
git branch -q -D agentmake/task/bad && git reflog expire --expire=now --all && git gc -q --prune=now
wrong "the work of task 'bad', $(echo $w | cut -c1-10), is gone"
mended

it "finds a branch of which nothing is known"
three branch
git branch agentmake/task/other "$(git commit-tree -p main -m x "$into^{tree}")"
wrong "the branch agentmake/task/other holds work"
mended
git rev-parse -q --verify left/other >/dev/null || fail "it is lost"

it "finds references to what is not there, or is no commit, or is nothing at all"
three refs
echo 1234567890123456789012345678901234567890 >.git/refs/agentmake-1
mkdir -p .git/refs/agentmake/kept/x && mv .git/refs/agentmake-1 .git/refs/agentmake/kept/x/1
git update-ref refs/agentmake/kept/y/1 "$(git rev-parse main^{tree})"
wrong "refs/agentmake/kept/x/1 stands for 1234567890, which is not there"
err_has "refs/agentmake/kept/y/1 stands for $(git rev-parse --short=10 main^{tree}), which is no commit"
mended
echo 1234567890123456789012345678901234567890 >.git/refs/heads/$into
wrong "refs/heads/agentmake/into/main stands for 1234567890, which is not there"
mended
is "$(git rev-parse $into)" "$ours"
echo garbage >.git/refs/heads/$into
wrong "the branch agentmake/into/main cannot be read"
mended
is "$(git rev-parse $into)" "$ours"

it "finds what was merged, and was taken off the branch by hand"
three reset
git branch -q -f $into $into~1
wrong "task 'b' was merged as $(echo $ours | cut -c1-10), which is on no reference"
mended
am
into_has src/f2 B

it "finds damage in the journal, and where it is"
three journal
j=.git/agentmake/journal
lines=$(wc -l <$j | tr -d ' ')
sed -i '3s/running/ruining/' $j
printf 'half a line' >>$j
wrong "2 lines of the journal are of no use (line 3, $((lines + 1)))"
mended
is "$(wc -l <$j | tr -d ' ')" $((lines - 1))

it "finds a journal that says something else"
three lie
python3 - $j "$(git rev-parse main^{tree})" <<'END_OF_IT'
import sys, json, zlib
out = []
for line in open(sys.argv[1]):
    x = json.loads(line[9:])
    if x['e'] == 'attempt' and x['task'] == 'b':
        x['tree'] = sys.argv[2]
    s = json.dumps(x)
    out.append('%08x %s\n' % (zlib.crc32(s.encode()), s))
open(sys.argv[1], 'w').writelines(out)
END_OF_IT
wrong "but the journal says that $(git rev-parse --short=10 main^{tree}) was verified"

it "finds objects that are missing"
three objects
t=$(git rev-parse $into:src/f2)
mv .git/objects/$(echo $t | sed 's/../&\//') ../object
wrong "agentmake/into/main cannot be checked out: the file 'f2', $(echo $t | cut -c1-10) is missing"
err_has "mend: git fsck --full"
mv ../object .git/objects/$(echo $t | sed 's/../&\//')
c=$(git rev-parse $into~1)
mv .git/objects/$(echo $c | sed 's/../&\//') ../object
wrong "the history cannot be read, so it was not looked at"
mv ../object .git/objects/$(echo $c | sed 's/../&\//')
sound_here

it "finds work trees that are gone, and claims of them"
three trees
rm -rf ../trees.agentmake/wt-1
wrong "wt-1 is gone, but git still knows of it"
mended
git worktree list | grep -q '[.]agentmake/' && fail "git still knows of it"
sed -i 's/verify true/verify  true/' Agentfile
agentfile <<'END_OF_IT'
agent bot
    run echo x >src/f1
task mine
    agent bot
    owns src/f4
    prompt Do it.
END_OF_IT
am --claim mine
status_is 0
tree=$(cat ../out)
echo y >"$tree/src/f4"
sound_here
am --release mine
status_is 0
sound_here "1 kept reference"
am --claim mine
status_is 0
rm -rf "$(cat ../out)"
wrong "the work tree of the claimed task 'mine' is gone"
mended
echo nonsense >.git/agentmake/claims/2001
wrong "a claim cannot be read"
mended

it "finds what a run left that was killed, and work trees that nothing is known of"
three killed
cat >>Agentfile <<'END_OF_IT'
task slow
    owns src/f4
    run echo half >src/f4; touch ../../started; sleep 876543
END_OF_IT
git commit -qam slow
"$AGENTMAKE" slow >/dev/null 2>&1 </dev/null &
pid=$!
wait_for ../started
kill -9 $pid
wait $pid 2>/dev/null
nothing_runs "sleep 876543"
wrong "was left in the middle of its work by a run that is dead"
mended
git show refs/agentmake/kept/slow/1:src/f4 | grep -q half || fail "half the work is lost"
rm -f ../started
am bad
mv .git/agentmake/slots ../slots
wrong "wt-1 is a work tree of agentmake's that nothing is known of"
mended

it "finds that what is remembered is not so"
three records
am a b
status_is 0
[ -e .git/agentmake/records ] || fail "nothing is remembered"
sed -i "s/$ours/$(git rev-parse $into~1)/" .git/agentmake/records
wrong "what is remembered of task 'b' is not what the history says"
mended
am a b
sed -i '/ b /d' .git/agentmake/records
wrong "what is remembered of task 'b' is not what the history says"
mended
echo garbage >.git/agentmake/records
wrong "what is remembered of the history is not"
mended

it "needs no Agentfile, and takes no tasks"
three bare
rm Agentfile
sound_here "2 commits"
cd src && am --fsck
status_is 0
cd ..
am --fsck a
status_is 2
err_has "'--fsck' looks at all there is, so it takes no 'a'"
cd .. && mkdir nothing && cd nothing && am --fsck
status_is 2
err_has "is not in a git repository"
