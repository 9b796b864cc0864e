# The rest of the README's table: places, and what happens meanwhile.
. "$E2E/lib.sh"
. "$E2E/repositories.sh"

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
sandbox off
task a
    owns src/f1
    run  echo a > src/f1; "$AGENTMAKE" a; echo nested \$?
END
am
status_is 0
am --log a
grep -q 'nested 2' "$top/out" || fail "it ran: $(cat "$top/out")"
is_sound
cd .. && rm -rf r r.agentmake && repo r
tasks
am -j2
status_is 0
cd ../r.agentmake/wt-1 || fail "no work tree"
am
status_is 2
err_has "this is a work tree of agentmake's own, for one task; run agentmake in $top/r"

# tasks of which one waits for ../go and says so by ../now
waiting() {
	rm -f "$top/go" "$top/now"
	tasks "sandbox off" "" "" "touch $top/now; while [ ! -e $top/go ]; do sleep 0.05; done;"
}

row "git gc meanwhile" works
repo r
waiting
am_until "$top/now" -j2
git gc -q --prune=now 2>"$top/gc" && fail "gc was not kept away"
grep -q "gc is already running" "$top/gc" || fail "git says: $(cat "$top/gc")"
git pack-refs --all && git repack -adq && git worktree prune --expire=now && git prune --expire=now
touch "$top/go"
wait $pid
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
am_until "$top/now" -j2
echo mine >mine && git add mine && git commit -qm mine && git commit -q --amend -m 'mine, said otherwise'
git rebase -q --force-rebase HEAD~1
git switch -q -c topic && git commit -q --allow-empty -m topic
touch "$top/go"
wait $pid
is $? 0
git switch -q main
am --land
status_is 0
is "$(cat mine src/new)" "$(printf 'mine\nnew')"
is_sound

row "the base branch is deleted meanwhile" works
repo r
waiting
am_until "$top/now" -j2
git switch -q -c topic && git branch -qD main
touch "$top/go"
wait $pid
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
