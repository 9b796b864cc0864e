# More of the README's table: what the configuration says, and names.
. "$E2E/lib.sh"
. "$E2E/repositories.sh"

row "extensions.worktreeConfig" works
repo r
tasks
git config extensions.worktreeConfig true
git config core.repositoryformatversion 1
git worktree add -q -b w2 ../w2b && cd ../w2b || fail "git worktree add"
git config --worktree user.name Other
git config --worktree filter.upper.clean "tr a-z A-Z"
echo 'src/new filter=upper' >.gitattributes && git add -A && git commit -qm filter
base=w2
whole
unset base
is "$(git log -1 --format=%an)" Other
is "$(git show w2:src/new)" NEW

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
