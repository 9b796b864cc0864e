# More of the README's table: what the configuration says, names, places, and what happens meanwhile.
. "$E2E/lib.sh"
. "$E2E/repositories.sh"

row "extensions.worktreeConfig" works
repo r
tasks
git config extensions.worktreeConfig true
git config core.repositoryformatversion 1
git worktree add -q -b w2 ../w2b && cd ../w2b || fail "git worktree add"
git config --worktree user.name Other
base=w2
whole
unset base
is "$(git log -1 --format=%an)" Other

row "extensions.preciousObjects" works
repo r
tasks
git config core.repositoryformatversion 1
git config extensions.preciousObjects true
whole

row "extensions.objectFormat=sha256" refused
git init -q --object-format=sha256 -b main r && cd r || fail init
git config user.name Tester
git config user.email tester@example.com
tasks
refused "the repository has extensions.objectformat=sha256, which libgit2 cannot read; agentmake needs one with SHA-1"

row "extensions.refStorage=reftable" refused
repo r
tasks
git config core.repositoryformatversion 1
git config extensions.refStorage reftable
am
status_is 2
err_has "extensions.refstorage=reftable, which libgit2 cannot read; bring it to the files format: 'git refs migrate"
[ ! -e .git/agentmake ] || fail "something was written"

row "extensions that agentmake does not know" refused
repo r
tasks
git config core.repositoryformatversion 1
git config extensions.compatObjectFormat sha1
am
status_is 2
err_has "has extensions.compatobjectformat, which agentmake does not know"
[ ! -e .git/agentmake ] || fail "something was written"

row "commit.gpgSign" git
repo r
tasks
git config gpg.format ssh
git config user.signingKey "$top/key.pub"
git config commit.gpgSign true
refused "commits are to be signed (commit.gpgSign), and that fails"
err_has "git config commit.gpgSign false"
if ssh-keygen -q -t ed25519 -N '' -f "$top/key" 2>/dev/null; then
	echo "tester@example.com $(cat "$top/key.pub")" >"$top/allowed"
	git config gpg.ssh.allowedSignersFile "$top/allowed"
	old=$(git rev-parse main)
	git -c commit.gpgSign=false commit -q --allow-empty -m x
	old=$(git rev-parse main)
	whole
	is "$(git log --format=%G? "$old..main" | sort -u)" G "signatures"
fi

row "no identity" refused
repo r
tasks
git config --unset user.name
git config --unset user.email
git config user.useConfigOnly true
refused "git config user.name"

row "hooks" works
repo r
tasks
for hook in pre-commit commit-msg post-commit post-checkout post-merge reference-transaction post-index-change \
	pre-merge-commit prepare-commit-msg; do
	printf '#!/bin/sh\necho %s >>%s/hooked; exit 1\n' $hook "$top" >.git/hooks/$hook
	chmod +x .git/hooks/$hook
done
am -j2
status_is 0
is_right
am --land
status_is 0
am --clean
[ ! -e "$top/hooked" ] || fail "hooks were run: $(sort -u "$top/hooked")"

row "includeIf" works
repo r
tasks
git config --unset user.name
printf '[user]\n\tname = Included\n' >"$HOME/included"
git config --global "includeIf.gitdir:$top/r/.path" "$HOME/included"
whole
is "$(git log -1 --format=%an)" Included

row "safe.directory" works
repo r
tasks
if [ "$(id -u)" = 0 ]; then
	chown -R 65534:65534 "$top/r"
	am -n
	status_is 2
	err_has "belongs to another user; if you trust it: git config --global --add safe.directory $top/r"
	git config --global safe.directory '*'
	whole
	git config --global --unset safe.directory
fi

row "symbolic links and modes" works
repo r
ln -s f1 src/link && ln -s /nowhere dangling && ln -s src folder
printf '#!/bin/sh\n' >script && chmod +x script
git add -A && git commit -qm links
tasks
whole
is "$(git ls-tree -r main | grep -c '^120000')" 3
git ls-tree main script | grep -q '^100755' || fail "script lost its mode"

row "odd names" works
repo r
for name in "$(printf 'n\nl')" "$(printf 't\tb')" 'q"uo' "$(printf '\377\376')" 'ü' '-x' ' *?[a]' 'back\slash'; do
	echo x >"src/$name"
done
git add -A && git commit -qm names
agentfile <<'END'
task all
    owns **
    run  for f in src/*; do echo more >> "$f"; done
END
am
status_is 0
is "$(git diff --name-only main agentmake/into/main | wc -l)" 12
am --status=json
status_is 0
agentfile <<'END'
task all
    owns src/f1
    run  for f in src/*; do echo again >> "$f"; done
END
am
status_is 1
err_has '"src/n\nl"'
err_has '"src/\377\376"'
err_has 'src/ü'
is_sound

row "core.ignoreCase, names that differ in case" works
repo r
echo 1 >src/Makefile && echo 2 >src/makefile && echo 3 >src/README && git add -A && git commit -qm case
tasks "" "mv src/README src/readme;" "src/README src/readme"
git config core.ignoreCase true
whole "A src/readme" "D src/README"
is "$(git show main:src/Makefile main:src/makefile)" "$(printf '1\n2')"

row "long paths" works
repo r
deep=$(printf 'd%.0s' $(seq 200))
mkdir -p "src/$deep/$deep/$deep" && echo x >"src/$deep/$deep/$deep/$(printf 'n%.0s' $(seq 255))"
git add -A && git commit -qm long
tasks
whole

row "paths beyond 4096 bytes" refused
repo r
tasks
path=src
for i in $(seq 25); do path=$path/$deep; done
git update-index --add --cacheinfo "100644,$(git hash-object -w src/f1),$path/x" && git commit -qm 'too long'
refused "a path of 5030 bytes is in the repository"

row "subfolder, GIT_DIR in the environment" works
repo other
cd .. && repo r
tasks
cd src || exit 1
GIT_DIR=$top/other/.git GIT_INDEX_FILE=$top/other/index GIT_WORK_TREE=$top/other "$AGENTMAKE" -j2 >"$top/out" 2>"$top/err"
is $? 0
cd .. && is_right
is "$(git -C ../other for-each-ref | wc -l)" 1

row "unborn HEAD" refused
git init -q -b main r && cd r || fail init
printf 'task a\n    run echo\n' >Agentfile
refused "the branch 'main' has no commit yet"

row "detached HEAD" refused
repo r
tasks
git checkout -q --detach
refused "HEAD is at no branch; say which one the work starts from: 'base BRANCH'"
sed -i '1i base main' Agentfile && git commit -qam base && git branch -f main
am -j2
status_is 0

row "a branch in the way" refused
repo r
tasks
git branch agentmake
am
status_is 2
err_has "cannot make 'refs/heads/agentmake/into/main' beside 'refs/heads/agentmake'"

row "odd paths of the repository" works
for name in 'a b' "q'u\"o\$HOME\`x\`\\y" 'a{{b}}' "$(printf 'x\377y')" "$(printf 'a\nb')"; do
	repo "$name"
	tasks
	am -j2
	status_is 0
	is_right
	am --clean
	status_is 0
	[ ! -e "$top/$name.agentmake" ] || fail "'$name.agentmake' is left"
done

row "moved repository" works
repo r
tasks
am -j2
status_is 0
cd .. && rm -rf moved && mv r moved && cd moved || fail mv
am
err_has "nothing to do"
sed -i 's/three/3 three/' Agentfile && git commit -qam 'something to do'
am
status_is 0
am --clean
status_is 0
is_sound
[ ! -e "$top/r.agentmake" ] && [ ! -e "$top/moved.agentmake" ] || fail "work trees are left"

row "worktrees on another file system" works
repo r
shm=/dev/shm
[ -w $shm ] || shm=$top
shm=$(mktemp -d "$shm/agentmake.XXXXXX")
tasks "worktrees $shm/here"
whole
[ ! -e "$shm/here" ] || fail "the folder is left"
rmdir "$shm"

row "worktrees in the checkout" refused
repo r
tasks "worktrees trees"
refused "add '/trees/' to .gitignore, or put it elsewhere"
echo /trees/ >>.gitignore && git commit -qam ignored
whole

row "a run inside a run" refused
repo r
agentfile <<END
base main
task a
    owns src/f1
    run  echo a > src/f1; "$AGENTMAKE" a; echo nested \$?
END
am
status_is 0
am --log a
grep -q 'nested 2' "$top/out" || fail "it ran: $(cat "$top/out")"
is_sound

# tasks of which one waits for ../go and says so by ../now
waiting() {
	rm -f "$top/go" "$top/now"
	tasks "sandbox off" "" "" "touch $top/now; while [ ! -e $top/go ]; do sleep 0.05; done;"
}

row "git gc meanwhile" works
repo r
waiting
"$AGENTMAKE" -j2 >"$top/out" 2>"$top/err" &
run=$!
wait_for "$top/now"
git gc -q --prune=now 2>"$top/gc" && fail "gc was not kept away"
grep -q "gc is already running" "$top/gc" || fail "git says: $(cat "$top/gc")"
git pack-refs --all && git repack -adq && git worktree prune --expire=now && git prune --expire=now
touch "$top/go"
wait $run
is $? 0
is_right
git gc -q --prune=now
is_sound
sleep 2 &
echo "$! $(hostname)" >.git/gc.pid
am -B cmd
err_has "git gc is at work in this repository"
rm -f .git/gc.pid

row "commits, a rebase, another branch meanwhile" works
repo r
waiting
"$AGENTMAKE" -j2 >"$top/out" 2>"$top/err" &
run=$!
wait_for "$top/now"
echo mine >mine && git add mine && git commit -qm mine && git commit -q --amend -m 'mine, said otherwise'
git rebase -q --force-rebase HEAD~1
git switch -q -c topic && git commit -q --allow-empty -m topic
touch "$top/go"
wait $run
is $? 0
git switch -q main
am --land
status_is 0
is "$(cat mine src/new)" "$(printf 'mine\nnew')"
is_sound

row "the base branch is deleted meanwhile" works
repo r
waiting
"$AGENTMAKE" -j2 >"$top/out" 2>"$top/err" &
run=$!
wait_for "$top/now"
git switch -q -c topic && git branch -qD main
touch "$top/go"
wait $run
is $? 0
git switch -q -c main
am --land
status_is 0
is "$(cat src/new)" new

row "many files, commits and branches" works
n=${REPOSITORY_SCALE:-1}
git init -q -b main r && cd r || fail init
git config user.name Tester
git config user.email tester@example.com
awk -v files=$((n * 10000)) -v commits=$((n * 10000)) -v branches=$((n * 2000)) 'BEGIN {
	for (c = 0; c < commits; c++) {
		printf "commit refs/heads/main\ncommitter T <t@e> %d +0000\ndata 2\nc\n", 1600000000 + c
		if (!c)
			for (f = 0; f < files; f++)
				printf "M 100644 inline many/%d/%d\ndata 2\nx\n", f / 100, f
		printf "M 100644 inline src/f%d\ndata 5\nfile\n\n", c % 4 + 1
	}
	for (b = 0; b < branches; b++)
		printf "reset refs/heads/topic/%d\nfrom refs/heads/main\n\n", b
}' | git fast-import --quiet || fail fast-import
git reset -q --hard
tasks
whole
