# How other tools lost their users' work: each `it` is what somebody lost, and it is not lost here. What
# agents leave, and names and folders that are taken; 71-complaints.sh goes on with landing and the rest.
. "$E2E/lib.sh"

one='task a
    owns src/f1 src/new
    run  echo A > src/f1; echo new > src/new
'

# is the commit on a reference?
is_there() {
	git for-each-ref --contains "$1" | grep -q . || fail "no reference has $2"
}

mkdir -p "$HOME/.cache"
half_way='
defaults
    owns src/**
task merge
    run
        #!/bin/sh
        echo x >src/f1; git commit -qam "aside"; git rev-parse HEAD >>"$HOME/.cache/aside"; s=$(git rev-parse HEAD)
        git reset -q --hard HEAD~1; echo y >src/f1; git commit -qam mine; git merge $s; ENDS
task rebase
    run
        #!/bin/sh
        b=$(git rev-parse HEAD); echo x >src/f1; git commit -qam one; echo x >src/f3; git commit -qam two
        git rev-parse HEAD >>"$HOME/.cache/aside"; s=$(git rev-parse HEAD)
        git reset -q --hard $b; echo y >src/f1; git commit -qam other; t=$(git rev-parse HEAD)
        git checkout -q $s; git rebase $t; ENDS
task pick
    run
        #!/bin/sh
        echo x >src/f1; git commit -qam "to be picked"; git rev-parse HEAD >>"$HOME/.cache/aside"; s=$(git rev-parse HEAD)
        git reset -q --hard HEAD~1; echo y >src/f1; git commit -qam mine; git cherry-pick $s; ENDS
task stash
    run echo x >src/f1; git stash -q; git rev-parse refs/stash >>"$HOME/.cache/aside"; ENDS
task back
    run
        #!/bin/sh
        echo x >src/f1; git commit -qam "taken back"; git rev-parse HEAD >>"$HOME/.cache/aside"; git reset -q --hard HEAD~1; ENDS
task branch
    run
        #!/bin/sh
        git checkout -q -b idea; echo x >src/f1; git commit -qam "on a branch"; git rev-parse HEAD >>"$HOME/.cache/aside"
        git checkout -q --detach HEAD~1; ENDS
task next
    run
        s=$(git status) && echo "$s" >src/status
        echo z >>src/f2; git commit -qam "of the next"
'
it "loses no commit of an agent that fails in the middle of a merge, a rebase or a cherry-pick, or goes back behind it"
for kind in none bwrap; do
	repo "half-$kind"
	[ $kind = none ] || { with_sandbox; echo "$one" >Agentfile; am --check --sandbox=bwrap; [ $status = 0 ] || continue; }
	rm -f "$HOME/.cache/aside"
	echo "$half_way" | sed "s|ENDS|false|" | agentfile
	for task in merge rebase pick stash back branch; do
		am $task
		status_is 1
	done
	is "$(wc -l <"$HOME/.cache/aside" | tr -d ' ')" 6
	am --clean
	status_is 0
	for commit in $(cat "$HOME/.cache/aside"); do is_there "$commit" "what was left aside ($kind)"; done

	it "does not hand what an agent left half done to the next, nor merge it with that one's work"
	for task in merge rebase pick; do
		am -B $task
		status_is 1
		am -B next
		status_is 0
		into_has src/status "nothing to commit, working tree clean"
		git rev-parse -q --verify agentmake/into/main^2^2 >/dev/null && fail "the work is a merge with what was left"
	done
	for text in aside one two other mine 'to be picked'; do
		git log --format=%s agentmake/into/main | grep -qx "$text" && fail "'$text' came along"
	done

	it "still has it after --clean and a git gc that prunes at once"
	am --clean
	status_is 0
	git reflog expire --expire=now --all && git gc -q --prune=now || fail "git gc"
	for commit in $(cat "$HOME/.cache/aside"); do is_there "$commit" "what was left aside ($kind)"; done
	without_sandbox
done

it "loses no commit of an agent that is killed in the middle of a rebase"
repo killed
rm -f "$HOME/.cache/aside"
echo "$half_way" | sed "s|ENDS|touch $top/begun; sleep 321987|" | agentfile
for task in merge rebase pick; do
	am_until ../begun $task
	am_kill
	nothing_runs "sleep 321987"
	rm ../begun
done
am -B next
status_is 0
into_has src/status "nothing to commit, working tree clean"
am --clean
for commit in $(cat "$HOME/.cache/aside"); do is_there "$commit" "what was left aside"; done

it "merges all that was committed, wherever HEAD was when the agent ended, also squashed"
for history in merge squash; do
	repo "head-$history"
	agentfile <<END
history $history
defaults
    owns src/**
task branch
    run
        #!/bin/sh
        git checkout -q -b "own-$history"; echo 1 >src/a1; git add -A; git commit -qm one
        git checkout -q --detach; echo 2 >src/a2; git add -A; git commit -qm two
task named
    run
        #!/bin/sh
        git checkout -q -B agentmake/task/named; echo 1 >src/b1; git add -A; git commit -qm one
        git checkout -q --detach; echo 2 >src/b2; git add -A; git commit -qm two; echo 3 >src/b3
END
	am
	status_is 0
	for f in a1:1 a2:2 b1:1 b2:2 b3:3; do into_has "src/${f%:*}" "${f#*:}"; done
	am --land
	status_is 0
	is "$(ls src | tr '\n' ' ')" "a1 a2 b1 b2 b3 f1 f2 f3 f4 "
done

it "keeps the commits of a branch of the user's that has the name of a task's"
repo names
printf '%s' "$one" | agentfile
git checkout -q -b agentmake/task/a && echo u >src/f4 && git commit -qam "of the user"
users=$(git rev-parse HEAD)
git checkout -q main
am
status_is 0
is_there "$users" "the user's commit"
am --discard nosuch
am --clean
is_there "$users" "the user's commit"

it "leaves such a branch where it is checked out, with what is in the folder"
repo names2
printf '%s' "$one" | agentfile
git worktree add -q -b agentmake/task/a ../names2.mine
echo u >../names2.mine/src/f4 && git -C ../names2.mine commit -qam "of the user" && echo more >../names2.mine/src/f3
users=$(git rev-parse agentmake/task/a)
am
status_is 0
err_has "the branch agentmake/task/a is checked out in $top/names2.mine and was left as it is"
am --land
status_is 0
am --clean
is "$(git rev-parse agentmake/task/a)" "$users"
is "$(cat ../names2.mine/src/f3)" more
is "$(cat src/f1)" A

it "builds on what the user has on the integration branch, and verifies it before it lands"
repo into
printf '%s    verify ! test -e src/broken\n' "$one" | agentfile
git checkout -q -b agentmake/into/main && echo u >src/f4 && git commit -qam "of the user"
users=$(git rev-parse HEAD)
git checkout -q main
am
status_is 0
git merge-base --is-ancestor "$users" agentmake/into/main || fail "the user's commit is lost"
git checkout -q agentmake/into/main && touch src/broken && git add -A && git commit -qm broken
git checkout -q main
am --land
status_is 1
is "$(git log -1 --format=%s main)" Agentfile

it "leaves an integration branch that has nothing to do with base"
repo unrelated
printf '%s' "$one" | agentfile
git checkout -q --orphan other && git commit -qm orphan && git branch -m agentmake/into/main
git rm -rqf . && git commit -qm empty
users=$(git rev-parse HEAD)
git checkout -q main
am
am --land
status_is 2
err_has "have no common ancestor"
git merge-base --is-ancestor "$users" agentmake/into/main || fail "the user's commits are lost"
is "$(git log -1 --format=%s main)" Agentfile

it "does not take another clone's work trees for its own, nor remove them"
repo one
printf 'worktrees ../both.agentmake\n%s' "$one" | agentfile
cd "$top" && git clone -q one two && cd two && git config user.name T && git config user.email t@e
for clone in one two; do
	cd "$top/$clone" || exit 1
	sed -i 's/run .*/run  echo A > src\/f1; [ -e ..\/..\/go ] || { touch ..\/..\/begun.$AGENTMAKE_SLOT; sleep 246813; }/' Agentfile
	git commit -qam wait
done
cd "$top/one" || exit 1
am_until "$top/begun.1"
first=$pid
echo precious >"$top/both.agentmake/wt-1/src/f2"
cd "$top/two" || exit 1
touch "$top/go"
am
status_is 0
am --clean
status_is 0
is "$(cat "$top/both.agentmake/wt-1/src/f2")" precious
kill -TERM $first && wait $first
nothing_runs "sleep 246813"
cd "$top/one" || exit 1
is "$(git show refs/agentmake/kept/a/1:src/f2)" precious
am
status_is 0
into_has src/f1 A
rm -rf "$top/go" "$top"/begun.*

it "removes a link into the repository, not what is behind it"
repo links
printf '/lnk\n/dir\n' >>.gitignore && git commit -qam ignored
mkdir -p "$top/links.out" && echo precious >"$top/links.out/file"
agentfile <<END
task a
    owns src/f1
    run ln -s $top/links/.git lnk; mkdir dir; ln -s $top/links.out dir/out; ln -s $top/links/src dir/src; echo A >src/f1
END
am
status_is 0
am --clean
status_is 0
[ ! -e ../links.agentmake ] || fail "the work tree is left"
is "$(cat "$top/links.out/file" src/f2)" "precious
file 2"
is "$(git fsck --full --strict 2>&1 | grep -v dangling)" ""

it "keeps what somebody does in a work tree that is not in use, when it is used again or removed"
repo visit
agentfile <<'END'
task a
    owns src/f1
    allow-empty
    run  echo A > src/f1
END
visit() {
	echo visitor >../visit.agentmake/wt-1/src/f2 && git -C ../visit.agentmake/wt-1 commit -qam "of the visitor"
	visitor=$(git -C ../visit.agentmake/wt-1 rev-parse HEAD)
}
am
visit
sed -i 's/echo A/echo B/' Agentfile && git commit -qam B
am
status_is 0
is_there "$visitor" "the visitor's commit"
into_has src/f2 "file 2"
visit
echo edited >../visit.agentmake/wt-1/src/f3
echo new >../visit.agentmake/wt-1/src/new
am --clean
status_is 0
is_there "$visitor" "the visitor's commit"
for ref in $(git for-each-ref --format='%(refname)' refs/agentmake/kept); do
	git show "$ref:src/new" "$ref:src/f3" 2>/dev/null
done >../visited
is "$(sort -u ../visited | tr '\n' ' ')" "edited new "

it "gives back what was discarded or undone"
repo back
agentfile <<'END'
task a
    owns src/f1
    run  echo half > src/f1; false
task b
    owns src/f2
    run  echo B > src/f2
END
am
status_is 1
am --discard a
status_is 0
commit=$(sed -n 's/.*git branch NAME \([0-9a-f]*\)$/\1/p' ../err)
git branch again "$commit" || fail "the discarded commit is not said"
is "$(git show again:src/f1)" half
am --undo b
status_is 0
is "$(git log --format=%H -1 --grep='Agentmake-Task: b' agentmake/into/main | wc -l)" 1
is "$(git show "$(git log --format=%H -1 --grep='Agentmake-Task: b' agentmake/into/main):src/f2")" B

it "loses nothing to locks that another git holds"
repo locks
agentfile <<'END'
jobs 4
for N in 1 2 3 4
    task t{{N}}
        owns src/f{{N}}
        run  echo done > src/f{{N}}; git commit -qam "by {{N}}"
END
git branch agentmake/into/main
touch .git/index.lock .git/packed-refs.lock .git/HEAD.lock .git/config.lock
held=.git/refs/heads/agentmake/into/main.lock
(sleep 1; rm -f $held) 9>$held &
am
status_is 0
rm .git/index.lock .git/packed-refs.lock .git/HEAD.lock .git/config.lock
for n in 1 2 3 4; do into_has src/f$n done; done
sed -i 's/echo done/echo more/' Agentfile && git commit -qam more
sleep 135792 9>$held &
holder=$!
trap 'kill $holder 2>/dev/null' EXIT
am t1
status_is 1
err_has "agentmake/into/main.lock"
is "$(git show agentmake/task/t1:src/f1)" more
rm $held
kill $holder
am
status_is 0
for n in 1 2 3 4; do into_has src/f$n more; done

sound into unrelated names2
