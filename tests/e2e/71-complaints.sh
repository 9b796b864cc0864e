# How other tools lost their users' work, after 69-complaints.sh: landing where somebody is at work,
# success that was none, agents that do not end, many at once, disk space.
. "$E2E/lib.sh"

one='base main
task a
    owns src/f1 src/new
    run  echo A > src/f1; echo new > src/new
'

# ready NAME: a run is over, and nothing has landed
ready() {
	repo "$1"
	printf '%s' "$one" | agentfile
	am
	status_is 0
}

# left_as_it_is TEXT: --land says that, and neither base nor what the user has is changed
left_as_it_is() {
	remember
	head=$(git rev-parse main)
	am --land
	status_is 2
	err_has "$1"
	err_has "was left as it is"
	is "$(git rev-parse main)" "$head"
	is_untouched
}

it "lands over no untracked file"
ready untracked
echo precious >src/new
left_as_it_is src/new

it "lands over no file that git ignores"
ready ignored
echo src/new >>.git/info/exclude
echo precious >src/new
left_as_it_is src/new

it "lands over nothing that is staged, and beside it"
ready staged
echo mine >src/f1 && git add src/f1 && git show HEAD:src/f1 >src/f1
left_as_it_is src/f1
git reset -q
echo mine >src/f3 && git add src/f3 && echo later >src/f3
echo unrelated >src/untracked
am --land
status_is 0
is "$(git show :src/f3) $(cat src/f3) $(cat src/untracked) $(cat src/f1)" "mine later unrelated A"

it "leaves a merge and a cherry-pick of the user's that are not finished"
ready midway
git checkout -q -b other main && echo other >src/f3 && git commit -qam other
git checkout -q main && echo mine >src/f3 && git commit -qam mine
for step in "merge other" "cherry-pick other"; do
	git $step >/dev/null 2>&1 && fail "git $step went through"
	remember
	am --land
	status_is 2
	is_untouched
	git ${step% *} --abort || fail "the user's git $step is gone"
done
is "$(git log -1 --format=%s main)" mine

it "does not move a branch that the user is rebasing, here or in another work tree"
ready rebase
git checkout -q -b up main && echo up >src/f3 && git commit -qam up
git checkout -q main && echo mine >src/f3 && git commit -qam mine
git rebase up >/dev/null 2>&1 && fail "git rebase went through"
left_as_it_is "main is being rebased in $top/rebase"
echo both >src/f3 && git add src/f3 && GIT_EDITOR=true git rebase --continue >/dev/null 2>&1 || fail "git rebase --continue"
is "$(git symbolic-ref HEAD) $(git log -1 --format=%s)" "refs/heads/main mine"
git checkout -q --detach && git worktree add -q ../rebase.linked main
(cd ../rebase.linked && echo 2 >src/f3 && git commit -qam 2 && git checkout -q -b up2 main~1 && echo 3 >src/f3 &&
	git commit -qam 3 && git checkout -q main && git rebase up2) >/dev/null 2>&1 && fail "git rebase went through"
left_as_it_is "main is being rebased in $top/rebase.linked"
git -C ../rebase.linked rebase --abort || fail "the user's rebase is gone"
am --land
status_is 0
is "$(cat ../rebase.linked/src/f1)" A

it "lands where base is checked out, though that is elsewhere, and on no other branch"
ready elsewhere
git branch stale main
git checkout -q -b feature && echo mine >src/f3
git worktree add -q ../elsewhere.main main
echo precious >../elsewhere.main/src/f4
echo stash >src/f2 && git stash -q -- src/f2
head=$(git rev-parse feature)
am --land
status_is 0
is "$(git rev-parse feature stale | sort -u)" "$head"
is "$(git symbolic-ref HEAD) $(cat src/f3) $(cat src/f1)" "refs/heads/feature mine file 1"
is "$(cat ../elsewhere.main/src/f1) $(cat ../elsewhere.main/src/f4)" "A precious"
is "$(git -C ../elsewhere.main status --porcelain)" " M src/f4"
is "$(git stash list | wc -l | tr -d ' ')" 1
git stash pop -q && is "$(cat src/f2)" stash

it "takes back nothing that came to base meanwhile, and shows no one else's changes as a task's"
repo stale
agentfile <<'END'
jobs 2
task a
    owns src/f1
    run  echo A > src/f1; touch ../../begun; while ! [ -e ../../go ]; do sleep 0.1; done
task b
    owns src/f2
    run  echo B > src/f2
END
am_until ../begun
echo landed >src/f3 && git rm -q src/f4 && git commit -qam "landed meanwhile"
touch ../go
wait $pid
am --diff a
out_has "+A"
grep -q 'f3\|f4\|+B' ../out && fail "the diff of 'a' shows what others did"
am --land
status_is 0
is "$(cat src/f1 src/f2 src/f3; ls src | tr '\n' ' ')" "A
B
landed
f1 f2 f3 "

it "merges with commits that git knows as merges, and leaves no merge under way"
repo merges
for hook in post-checkout post-merge pre-commit post-commit; do
	printf '#!/bin/sh\ngit rev-parse HEAD >"$(git rev-parse --git-common-dir)/MERGE_HEAD"\n' >.git/hooks/$hook
	chmod +x .git/hooks/$hook
done
agentfile <<'END'
jobs 3
for N in 1 2 3
    task t{{N}}
        owns src/f{{N}}
        run  sleep 0.{{N}}; echo {{N}} > src/f{{N}}
END
rm -f .git/MERGE_HEAD
am
status_is 0
rm .git/hooks/*
for n in 1 2 3; do
	git branch --merged agentmake/into/main | grep -q "agentmake/task/t$n$" || fail "t$n looks unmerged"
done
am --land
status_is 0
[ ! -e .git/MERGE_HEAD ] || fail "a merge is under way"
is "$(git status --porcelain)" ""
is "$(git rev-list --min-parents=2 --count main)" 3

it "merges what is behind a conflict and a verification that fails"
repo queue
agentfile <<'END'
jobs 4
task first
    owns src/f1
    shares CHANGELOG
    run  echo 1 > src/f1; echo first > CHANGELOG
task conflict
    owns src/f2
    shares CHANGELOG
    run  while ! [ -e ../../first ]; do sleep 0.1; done; echo 2 > src/f2; echo second > CHANGELOG
task broken
    owns src/f3
    run  while ! [ -e ../../first ]; do sleep 0.1; done; echo 3 > src/f3
    verify test "$(cat src/f1)" != 1
task behind
    owns src/f4
    run  while ! [ -e ../../first ]; do sleep 0.1; done; sleep 0.7; echo 4 > src/f4
task notes: first
    owns notes
    run  touch ../../first; echo n > notes
END
am
status_is 1
err_has "task 'conflict' conflicts"
into_has src/f1 1
into_has src/f4 4
into_has notes n
into_has CHANGELOG first
is "$(git show agentmake/task/conflict:CHANGELOG) $(git show agentmake/task/broken:src/f3)" "second 3"

it "calls no agent successful that did nothing, and none idle that did something, committed or not"
repo truth
cat >do.sh <<'END'
case $AGENTMAKE_TASK in
outside) echo x >../outside; echo y >"$HOME/outside" ;;
ignored) echo x >cache.o ;;
around) echo x >src/f1; git commit -qam there; git revert --no-edit HEAD >/dev/null ;;
empty) git commit -q --allow-empty -m done ;;
committed) echo committed >src/f2; git commit -qam work ;;
left) echo left >src/f3 ;;
both) echo 1 >src/f4; git commit -qam work; echo both >src/f4 ;;
added) echo added >src/f5; git add src/f5 ;;
esac
echo 'All done, all tests pass.'
END
{
	printf 'agent scripted\n    run sh do.sh\ndefaults\n    agent scripted\n    prompt Do it.\n'
	for t in nothing:1 outside:1 ignored:1 around:1 empty:1 committed:2 left:3 both:4 added:5; do
		printf 'task %s\n    owns src/f%s\n' "${t%:*}" "${t#*:}"
	done
	printf 'task noop\n    owns src/f1\n    allow-empty\n'
} >Agentfile
git add -A && git commit -qm tasks
am -j3
status_is 1
am --status=json
for t in nothing outside ignored around empty; do
	grep "\"name\":\"$t\",\"state\":\"failed\"" ../out | grep -q '"failure":"it changed nothing' || fail "$t did not fail"
done
for f in 2:committed 3:left 4:both 5:added; do into_has "src/f${f%:*}" "${f#*:}"; done
am --explain
out_has "noop: up to date"

it "ends what waits for a human: on its input, which agentmake's own never ends, or at the terminal"
repo waits
agentfile <<'END'
setup read x || true
task a
    owns src/f1
    run
        cat >/dev/null
        if (exec 3</dev/tty) 2>/dev/null; then exit 1; fi
        echo A > src/f1
    verify read x || cat
END
mkfifo ../human
sleep 424242 >../human &
human=$!
timeout 60 "$AGENTMAKE" >"$top/out" 2>"$top/err" <../human
status=$?
kill $human
status_is 0
into_has src/f1 A
python3 - timeout 60 "$AGENTMAKE" -y -B <<'END' || fail "on a terminal"
import os, pty, sys
pid, fd = pty.fork() # nobody answers
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
try:
    while os.read(fd, 4096):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END

it "does nothing twice after a restart, whatever was at work"
repo restart
agentfile <<'END'
jobs 2
task done
    owns src/f1
    run  echo done >> ../../ran; echo 1 > src/f1
task checked: done
    owns src/f2
    run  echo checked >> ../../ran; echo 2 > src/f2
    verify [ -e ../../go ] || { touch ../../begun.v; sleep 535353; }
task half: done
    owns src/f3
    run  echo half >> ../../ran; echo 3 > src/f3; [ -e ../../go ] || { touch ../../begun; sleep 535353; }
END
rm -f ../begun ../go
am_until ../begun
wait_for ../begun.v
am_kill
nothing_runs "sleep 535353"
touch ../go
am
status_is 0
is "$(sort ../ran | uniq -c | sed 's/^ *//' | grep done)" "1 done"
am
status_is 0
err_has "nothing to do"
[ "$(wc -l <../ran)" -le 5 ] || fail "it was done over and over"
rm -f ../go

it "loses no task of forty that start and commit at once, and makes at most twice as many work trees as run at a time"
repo many
for i in $(seq 40); do echo "$i" >"src/m$i"; done
git add -A && git commit -qm many
agentfile <<'END'
jobs 16
for F in glob src/m*
    task t-{{F}}
        owns {{F}}
        run
            git checkout -q -b "own/$AGENTMAKE_TASK"; echo one > {{q F}}; git commit -qam one
            git config --get user.name >/dev/null; echo two >> {{q F}}; git commit -qam two
END
am
status_is 0
for i in $(seq 40); do is "$(git show "agentmake/into/main:src/m$i" | tr '\n' ' ')" "one two "; done
[ "$(ls -d ../many.agentmake/wt-* | wc -l)" -le 32 ] || fail "too many work trees"
is "$(git fsck --full --strict 2>&1 | grep -v dangling)" ""

it "copies no work tree into the others, though the folder of all of them is in the checkout and everything is asked for"
repo inside
printf '/trees/\n/cache/\n' >>.gitignore
echo '*' >.worktreeinclude
git add -A && git commit -qm ignore
mkdir cache && echo cached >cache/x && echo secret >.env
agentfile <<'END'
worktrees trees
copy .env cache
jobs 3
for N in 1 2 3
    task t{{N}}
        owns src/f{{N}}
        run  cat .env cache/x > src/f{{N}}; sleep 0.3
END
am
status_is 0
for n in 1 2 3; do into_has src/f$n cached; done
sed -i 's/cat /cat src\/f4 /' Agentfile && git commit -qam again
am
status_is 0
git worktree add -q cache/mine -b mine
git init -q cache/clone && touch cache/clone/file
sed -i 's/cat src/cat src\/f3 src/' Agentfile && git commit -qam 'and again'
am
status_is 0
is "$(find trees -mindepth 2 \( -name trees -o -name 'wt-*' -o -name mine -o -name clone \))" ""
is "$(cat trees/wt-*/cache/x | sort -u)" cached
sed -i 's/copy .*/copy cache\/mine/' Agentfile && git commit -qam mine
am -B
status_is 2
err_has "'copy' names 'cache/mine', which holds nothing but git repositories or work trees"
git worktree remove --force cache/mine

it "frees all that it took, of squashed work as well, and work trees that --clean never saw merged"
for history in merge squash; do
	repo "disk-$history"
	{ echo "history $history"; echo 'jobs 3'; for n in 1 2 3; do
		printf 'task t%s\n    owns src/f%s\n    run sleep 0.%s; echo %s >src/f%s; head -c 2000000 /dev/zero >big.o\n' $n $n $n $n $n; done; } | agentfile
	am
	status_is 0
	am --land
	status_is 0
	am --clean
	status_is 0
	err_has "kept 0"
	[ ! -e "../disk-$history.agentmake" ] || fail "$(du -sh "../disk-$history.agentmake")"
	is "$(git for-each-ref refs/heads/agentmake/task refs/agentmake; ls .git/worktrees 2>/dev/null)" ""
	[ "$(du -sk .git/agentmake | cut -f1)" -lt 1000 ] || fail "$(du -k .git/agentmake)"
done

sound
