#!/bin/bash
# What agentmake does for trivial tasks, by hand: a worktree and a branch each, the command, a commit,
# its verification; then a merge after the other, each verified. usage: by-hand.sh FOLDER TASKS
cd "$1" || exit 1
rm -rf ../wt
mkdir ../wt
git branch -q -f into main
one() {
	# 32 parallel `git worktree add` fail now and then: they read each other half made
	flock .git/add.lock git worktree add -q --no-track -b "task/t$1" "../wt/t$1" main || exit 1
	cd "../wt/t$1" || exit 1
	sh -c "mkdir -p out; echo $1 > out/t$1" && git add -A && git commit -qm "t$1" && sh -c "test -s out/t$1"
}
export -f one
git worktree add -q ../wt/into into || exit 1
seq 0 $(($2 - 1)) | xargs -P4 -I{} bash -c 'one {}' || exit 1
cd ../wt/into || exit 1
for i in $(seq 0 $(($2 - 1))); do
	git merge -q --no-ff -m "merge t$i" "task/t$i" && sh -c "test -s out/t$i" || exit 1
done
