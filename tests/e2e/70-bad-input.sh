. "$E2E/lib.sh"

one='task a
    owns src/f1
    run  echo A > src/f1
'

it "says that it is not in a repository"
mkdir plain && cd plain || exit 1
echo "$one" >Agentfile
for option in "" -n --check --status --land; do
	am $option
	status_is 2
	err_has "is not in a git repository"
done
cd "$top" || exit 1

it "says that a bare repository has no work tree"
git init -q --bare bare.git && cd bare.git || exit 1
am -n
status_is 2
err_has "is a bare repository"
cd "$top" || exit 1

it "says that a branch has no commit yet"
git init -q -b main unborn && cd unborn || exit 1
git config user.name T && git config user.email t@e
echo "$one" >Agentfile
am
status_is 2
err_has "the branch 'main' has no commit yet"
am --check
status_is 0
[ -e ../unborn.agentmake ] && fail "something was made"
cd "$top" || exit 1

it "says which base is not known, with its place"
repo base
printf 'base nosuch\n%s' "$one" | agentfile
am
status_is 2
err_has "Agentfile:1:6: error: there is no branch 'nosuch' to start from"

it "says that HEAD is at no branch"
printf '%s' "$one" | agentfile
git checkout -q --detach
am
status_is 2
err_has "HEAD is at no branch"
printf 'base main\n%s' "$one" >Agentfile
am
status_is 0

it "says that git knows no identity, before anything is done"
repo identity
printf '%s' "$one" | agentfile
git config --unset user.name
git config --unset user.email
git config user.useConfigOnly true
am
status_is 2
err_has "git config user.name"
git rev-parse -q --verify agentmake/into/main && fail "a branch was made"
GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@e GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@e
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
am
status_is 0
is "$(git log -1 --format='%an %ae %cn %ce' agentmake/into/main)" "A a@e C c@e"
unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

it "says what agents will not see of a dirty checkout, and leaves it alone"
repo dirty
printf '%s' "$one" | agentfile
echo mine >src/f2
git add src/f2
echo more >>src/f3
remember
am
status_is 0
err_has "2 changed files of your checkout are not committed"
is_untouched

it "refuses an integration branch that is checked out"
repo into
printf '%s' "$one" | agentfile
git branch agentmake/into/main
git worktree add -q ../into.other agentmake/into/main
am
status_is 2
err_has "is checked out in $top/into.other"
git worktree remove ../into.other

it "says that a folder of the worktrees cannot be made"
repo folder
echo file >../blocked
printf 'worktrees %s/blocked/x\n%s' "$top" "$one" | agentfile
am
status_is 1
err_has "cannot make the work tree"
err_has "blocked"

it "leaves what is in the way of a worktree alone"
repo way
printf '%s' "$one" | agentfile
mkdir -p ../way.agentmake/wt-1 && echo precious >../way.agentmake/wt-1/file
am
status_is 0
is "$(cat ../way.agentmake/wt-1/file)" precious
[ -d ../way.agentmake/wt-2 ] || fail "no other slot was taken"

if [ "$(id -u)" = 0 ]; then
	it "loses nothing on a disk that is full"
	mkdir -p "$top/full.mount" "$top/journal.mount"
	trap 'umount "$top/full.mount" "$top/journal.mount" 2>/dev/null' EXIT
	if mount -t tmpfs -o size=3m tmpfs "$top/full.mount" 2>/dev/null; then
		repo full
		for i in 1 2 3 4 5 6 7 8; do head -c 200000 /dev/urandom >src/big$i; done
		git add -A && git commit -qm big
		printf 'worktrees %s/full.mount/wt\n%s' "$top" "$one" | agentfile
		remember
		# room for the checkout, not for what the task writes
		sed -i 's/run .*/run  head -c 3000000 \/dev\/zero > src\/f1/' Agentfile
		am
		status_is 1
		is_fine=$(git fsck 2>&1 | grep -v 'dangling\|Checking' || true)
		is "$is_fine" ""
		# not even the checkout
		head -c 2800000 /dev/zero >full.fill 2>/dev/null
		rm -rf "$top/full.mount/wt" && rm -rf .git/agentmake .git/worktrees
		head -c 2500000 /dev/zero >"$top/full.mount/fill" 2>/dev/null
		am
		status_is 1
		err_has "No space left on device"
		rm "$top/full.mount/fill"
		sed -i 's/run .*/run  echo A > src\/f1/' Agentfile
		am
		status_is 0
		umount "$top/full.mount"
	fi

	it "loses nothing when the journal cannot be written"
	if mount -t tmpfs -o size=1m tmpfs "$top/journal.mount" 2>/dev/null; then
		cd "$top/journal.mount" || exit 1
		git init -q -b main r && cd r && git config user.name T && git config user.email t@e
		mkdir src && echo x >src/f1 && git add -A && git commit -qm x
		cat >Agentfile <<'END'
worktrees ../../journal.trees
task a
    owns src/f1
    run  echo A > src/f1; [ -e ../../filled ] || head -c 2000000 /dev/zero > ../../journal.mount/fill; touch ../../filled
task b: a
    owns src/f2
    run  echo B > src/f2
END
		am
		status_is 1
		err_has "is the disk full?"
		rm -f "$top/journal.mount/fill"
		am
		status_is 0
		git show agentmake/into/main:src/f2 >/dev/null || fail "b is not merged"
		cd "$top" && umount "$top/journal.mount"
	fi
fi

it "says which Agentfile is missing, and finds the one at the root"
repo missing
am
status_is 2
err_has "there is no 'Agentfile' here or at the repository's root"
am -f other
status_is 2
err_has "there is no 'other'"
printf '%s' "$one" | agentfile
cd src || exit 1
am -n
status_is 0
out_has "../Agentfile: 1 task to run"
cd .. && am -C src -n
status_is 0
am -C nosuch
status_is 2
echo 'task x
    nosuch' >bad.agentfile
cd src && am -f ../bad.agentfile --check
status_is 2
err_has "../bad.agentfile:2:5: error: unknown property 'nosuch'"

it "reads nothing outside the repository"
repo outside
echo 'task evil
    run true' >"$top/evil.agentfile"
ln -s "$top/evil.agentfile" link.agentfile
for file in ../evil.agentfile "$top/evil.agentfile" link.agentfile; do
	printf 'include %s\n' "$file" >Agentfile
	am -n
	status_is 2
done
err_has "leads out of the repository"
printf 'agent x\n    run true\ntask a\n    agent x\n    prompt @../evil.agentfile\n' >Agentfile
am -n
status_is 2
err_has "leaves the repository"
printf 'for X in lines /etc/passwd\n    task {{X}}\n        run true\n' >Agentfile
am -n
status_is 2

it "writes nothing while it only looks"
repo look
agentfile <<'END'
for F in glob src/*
    task {{F}}
        owns {{F}}
        run  echo x > {{q F}}
END
find . -newer Agentfile >/dev/null
sleep 0.01
touch ../stamp
for option in -n -n=json --check --explain --graph --graph=dot --graph=mermaid --graph=json --conflicts \
	"--owners src/f1" -q --status --status=json --history --help --version; do
	am $option
done
is "$(find . -newer ../stamp)" ""
[ -e ../look.agentmake ] && fail "a folder was made"

it "ends with a clear message on a terminal's control characters in names"
repo control
printf 'task a\n    owns src/f1\n    title \033[31mred\033[0m\n    run  printf "\\033]0;evil\\007"; false\n' | agentfile
am
status_is 1
grep -q "$(printf '\033')" "$top/err" && fail "an escape went through"

it "takes variables from the command line, and says which are unknown"
repo vars
agentfile <<'END'
WORD = default
task a
    owns src/f1
    run  echo {{WORD}} > src/f1
END
am WROD=x
status_is 2
err_has "did you mean 'WORD'?"
am "WORD=from the line"
status_is 0
into_has src/f1 "from the line"

it "says that a disk is full, loses nothing, and goes on when there is room"
cat >"$top/full.sh" <<'END'
mount -t tmpfs -o size=43m tmpfs "$1" && cd "$1" || exit 77
head -c 40m /dev/zero >ballast 2>/dev/null || exit 77
git init -q -b main r && cd r || exit 1
git config user.name Tester && git config user.email tester@example.com
cat >Agentfile <<'FILE'
task big
    owns big
    run  head -c 5000000 /dev/urandom > big
task noisy
    owns noisy
    run
        head -c 5000000 /dev/zero | tr '\0' x
        echo done > noisy
FILE
git add -A && git commit -qm 'the tasks' || exit 1
"$AGENTMAKE" -j2 2>../err1
[ $? = 1 ] || { cat ../err1; exit 1; }
grep -q 'is the disk full' ../err1 || { cat ../err1; exit 1; }
[ "$(git rev-parse main)" = "$(git rev-parse agentmake/into/main)" ] || exit 1
rm ../ballast
"$AGENTMAKE" -j2 2>../err2 || { cat ../err2; exit 1; }
grep -q '2 merged' ../err2 || { cat ../err2; exit 1; }
[ "$(git cat-file -s agentmake/into/main:big)" = 5000000 ] || exit 1
git fsck 2>&1 | grep -v '^dangling\|^notice' && exit 1
exit 0
END
mkdir -p "$top/disk"
if unshare -m true 2>/dev/null; then
	unshare -m sh "$top/full.sh" "$top/disk" >"$top/out" 2>&1
	status=$?
elif unshare -Urm true 2>/dev/null; then
	unshare -Urm sh "$top/full.sh" "$top/disk" >"$top/out" 2>&1
	status=$?
else
	status=77
fi
if [ "$status" = 77 ]; then
	echo "70-bad-input: no file system can be mounted here: the full disk was not tried"
else
	status_is 0
fi

sound full
