# What a fault leaves behind, and how the next run goes on. tests/faults has them one by one.
. "$E2E/lib.sh"

it "forgets nothing of the work when its tree cannot be written"
repo tree
for i in 1 2 3 4 5 6 7 8 9; do
	printf 'task a\n    owns src/new\n    run  echo work %s > src/new\n    verify grep -q work src/new\n' $i | agentfile
	# the folder of the objects in which the tree of src is to be
	rm -rf ../ids && git clone -q . ../ids && echo work $i >../ids/src/new && git -C ../ids add -A
	object=$(printf %.2s "$(git -C ../ids write-tree --prefix=src/)")
	[ -e .git/objects/$object ] || break
done
: >.git/objects/$object
am
status_is 1
err_has "task 'a' failed: cannot write a tree"
rm .git/objects/$object
am
status_is 0
into_has src/new work

it "removes the locks of references that were left by who was killed, ours alone"
repo reflocks
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1
END
branches=.git/refs/heads
mkdir -p $branches/agentmake/into $branches/agentmake/task .git/refs/agentmake/kept
: >$branches/agentmake/into/main.lock
: >$branches/agentmake/task/a.lock
: >.git/refs/agentmake/kept/b.lock
: >$branches/main.lock
: >.git/index.lock
: >.git/packed-refs.lock
am
status_is 0
err_has "removed the lock $PWD/$branches/agentmake/into/main.lock, left by a process that was killed"
into_has src/f1 x
is "$(find .git/refs -name '*.lock')" "$branches/main.lock"
[ -e .git/index.lock ] && [ -e .git/packed-refs.lock ] || fail "a lock of the user's is gone"
rm $branches/main.lock .git/index.lock .git/packed-refs.lock

it "leaves the lock of a reference to who is at work"
sed -i 's/echo x/echo y/' Agentfile && git commit -qam more
exec 7>$branches/agentmake/into/main.lock
am
status_is 1
err_has "cannot update 'refs/heads/agentmake/into/main'"
[ -e $branches/agentmake/into/main.lock ] || fail "the lock was taken away"
exec 7>&-
mkfifo ../never
git cat-file --batch <>../never >/dev/null &
pid=$!
am
status_is 1
[ -e $branches/agentmake/into/main.lock ] || fail "the lock was taken away, and git was at work"
kill $pid
wait $pid
am
status_is 0
into_has src/f1 y

it "removes the lock of a slot's own index that a killed git left"
repo converted
git config core.autocrlf input
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1
END
am
status_is 0
for mark in .git/agentmake/slots/*-1; do :; done
: >$mark.index.lock
sed -i 's/echo x/echo y/' Agentfile && git commit -qam more
am
status_is 0
into_has src/f1 y

it "has git move a base that is checked out nowhere, which ends what it began when agentmake is killed"
repo land
printf 'base main\ntask a\n    owns src/f1\n    run  echo x > src/f1\n' | agentfile
am
status_is 0
git checkout -q --detach
mkdir ../bin
cat >../bin/git <<END
#!/bin/sh
case " \$* " in *" update-ref "*) kill -9 \$PPID; : >../killed ;; esac
exec $(command -v git) "\$@"
END
chmod +x ../bin/git
PATH=$PWD/../bin:$PATH am --land
status_is 137
wait_for ../killed
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(git rev-parse main)" = "$(git rev-parse agentmake/into/main)" ] && break
	sleep .1
done
is "$(git rev-parse main)" "$(git rev-parse agentmake/into/main)"
am --land
status_is 0
err_has "nothing to land"

it "moves no branch while it cannot tell whether that is checked out"
sed -i 's/echo x/echo y/' Agentfile && git commit -qam more && git branch -f main
git worktree add -q ../linked main
am
status_is 0
before=$(git rev-parse main)
mv .git/worktrees/linked/HEAD ../HEAD
ln -s /proc/self/mem .git/worktrees/linked/HEAD # it is there, and reading it fails
am --land
status_is 2
err_has "cannot read '$PWD/.git/worktrees/linked/HEAD'"
is "$(git rev-parse main)" "$before"
mv -f ../HEAD .git/worktrees/linked/HEAD
am --land
status_is 0
grep -q y ../linked/src/f1 || fail "not landed"

it "does not say that it took a decision which the journal does not hold"
repo journal
agentfile <<'END'
task a
    owns     src/f1
    variants one two
    run      echo {{variant}} >> src/f1
    choose   ask
END
am
status_is 4
without_journal() {
	(trap '' XFSZ && ulimit -f 1 && am "$@" && status_is 2 && err_has "cannot write the journal") || exit 1
}
without_journal --choose a=two
err_lacks "is chosen"
err_has "task 'a' waits as before"
am --choose a=two
status_is 0
without_journal --discard a
am --discard a
status_is 0

it "says what is left of a landing that git could not end, and lands once that is put aside"
repo half
echo 'src/new filter=broken' >.gitattributes && git add .gitattributes
agentfile <<'END'
task a
    owns    src/**
    run
        for f in src/*; do echo x >>$f; done
        echo x >src/new && rm src/f3 && mkdir src/sub && echo x >src/sub/new
    verify  true
END
am
status_is 0
echo mine >>CHANGELOG
git config filter.broken.required true
git config filter.broken.smudge false
before=$(git rev-parse main)
am --land
status_is 2
err_has "main is checked out in $PWD, and could not be moved: git merge:"
err_has "filter broken failed"
err_has "What git wrote before that is still there"
is "$(git rev-parse main)" "$before"
git config --remove-section filter.broken
step=$(sed -n "s/.*put it aside with '\(.*\)', and land again.*/\1/p" "$top/err")
eval "${step:-false}" >"$top/out" 2>&1 || fail "$step: $(cat "$top/out")"
am --land
status_is 0
[ -e src/new ] && [ -e src/sub/new ] && [ ! -e src/f3 ] || fail "not landed"
git show stash:CHANGELOG | grep -q mine || fail "what was the user's is away"

it "does not wait for itself where git's lock of gc has its own number"
repo number
printf 'task a\n    owns src/f1\n    run  echo x > src/f1\n' | agentfile
# as one left it that was killed, and in another container was process 7 as well
timeout 20 sh -c 'echo "$$ $(hostname)" >.git/gc.pid; exec "$0"' "$AGENTMAKE" </dev/null >../out 2>../err
is $? 0
err_lacks "waiting for it"
into_has src/f1 x
[ ! -e .git/gc.pid ] || fail "the lock is left"
