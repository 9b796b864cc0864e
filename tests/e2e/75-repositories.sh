# The kinds of repositories of the README's table, each with a whole run.
. "$E2E/lib.sh"
. "$E2E/repositories.sh"

row "work tree of a work tree" works
repo r
tasks
git worktree add -q -b w2 ../w2 && cd ../w2 || fail "git worktree add"
base=w2
whole
unset base

row "submodules" works
repo r
git clone -q --bare . .git/up
git -c protocol.file.allow=always submodule --quiet add "$PWD/.git/up" mod && git commit -qm mod
tasks "setup git -c protocol.file.allow=always submodule update -q --init" \
	"git -C mod -c user.name=a -c user.email=b commit -q --allow-empty -m inner;" mod
am -j2
status_is 0
is_right "M mod"
am --land
status_is 0
git checkout -q HEAD~1 && git switch -q main # the user's own submodule is moved by git alone
am --clean
status_is 2
err_has "commits were made in the submodule mod that are on no remote"
for w in ../r.agentmake/wt-*; do git -C "$w/mod" log -1 --format=%s; done | grep -q inner || fail "the commit is lost"
git worktree list --porcelain | sed -n 's/^worktree //p' | grep wt- | while read -r w; do
	git -C "$w/mod" push -q origin HEAD:refs/heads/saved
done
am --clean
status_is 0

row "a repository that is a submodule" works
repo up
cd .. && repo r
git -c protocol.file.allow=always submodule --quiet add "$top/up" lib/mod && git commit -qm mod
cd lib/mod && git switch -q main || fail "no submodule"
git config user.name Tester
git config user.email tester@example.com
tasks
am -j2
status_is 0
is_right
is "$(git -C "$top/r" status --porcelain)" " M lib/mod" "the checkout around it"
[ -d "$top/r.lib-mod.agentmake/wt-1" ] || fail "the work trees are elsewhere"
am --land
am --clean
status_is 0
is_sound

row "separate git directory" works
repo r
git init -q --separate-git-dir "$top/apart.git" .
tasks
whole

row "bare repository with work trees" works
repo up
tasks
cd .. && git clone -q --bare up r/.bare && git -C r/.bare worktree add -q ../main main && cd r/main || fail bare
git config user.name Tester
git config user.email tester@example.com
whole

row "bare repository" refused
repo up
tasks
cd .. && git clone -q --bare up r && cd r || fail bare
refused "is a bare repository; agentmake needs a work tree: clone it, or use 'git worktree add'"

row "filters" git
repo r
upper
echo 'src/f1 filter=upper' >.gitattributes
git add --renormalize . && git add -A && git commit -qm filter
tasks
whole
is "$(git show main:src/f1)" "$(printf 'FILE 1\nEDITED')"
is "$(cat src/f1)" "$(printf 'file 1\nedited')"

row "attributes that come with the work" git
repo r
upper
tasks "" "echo 'src/new filter=upper' >.gitattributes;" .gitattributes
whole "A .gitattributes"
is "$(git show main:src/new)" NEW

row "a filter that fails" works
repo r
tasks
echo 'src/f1 filter=bad' >.gitattributes && git add -A && git commit -qm filter
git config filter.bad.clean false
git config filter.bad.required true
am
status_is 1
err_has "filter"
is "$(git show agentmake/into/main:src/f1)" "file 1"

row "process filters, as LFS has" git
repo r
cat >"$top/filter" <<'END'
#!/usr/bin/perl
# git's long running filter: a file is kept in a store, its blob is "ptr HASH"
use strict; use Digest::SHA 'sha1_hex';
binmode STDIN; binmode STDOUT; $| = 1;
sub get { read(STDIN, my $n, 4) or exit 0; $n = hex $n; return undef if !$n; read(STDIN, my $b, $n - 4); $b }
sub all { my @l; while (defined(my $l = get())) { push @l, $l } @l }
sub put { printf "%04x%s", 4 + length $_[0], $_[0] }
sub flush { print "0000" }
all(); put("git-filter-server\n"); put("version=2\n"); flush();
all(); put("capability=clean\n"); put("capability=smudge\n"); flush();
while (1) {
	my %h = map { chomp; split /=/, $_, 2 } all(); my $d = join '', all();
	if ($h{command} eq 'clean') {
		my $k = sha1_hex $d; open my $f, '>', "$ENV{STORE}/$k"; print $f $d; close $f; $d = "ptr $k\n";
	} elsif ($d =~ /^ptr (\w+)/) {
		open my $f, '<', "$ENV{STORE}/$1"; local $/; $d = <$f>;
	}
	put("status=success\n"); flush(); put($d) if length $d; flush(); flush();
}
END
chmod +x "$top/filter"
export STORE="$top/store"
mkdir "$STORE"
git config filter.ptr.process "$top/filter"
git config filter.ptr.required true
echo '*.big filter=ptr' >.gitattributes
echo content >src/a.big
git add -A && git commit -qm big
tasks "" "cp src/a.big src/seen; echo more >> src/a.big;" "src/a.big src/seen"
whole "A src/seen" "M src/a.big"
is "$(git show main:src/seen)" content
git show main:src/a.big | grep -q '^ptr ' || fail "the content was committed, not the pointer"
is "$(tail -n 1 src/a.big)" more
unset STORE

row "line ends: core.autocrlf, eol" git
repo r
tasks
git config core.autocrlf true
rm src/* && git checkout -q .
whole
git show main:src/f4 | grep -q "$(printf '\r')" && fail "line ends were committed"
repo r
echo '* text eol=crlf' >.gitattributes
git add -A && git commit -qm eol && rm src/* && git checkout -q .
tasks
whole
grep -q "$(printf '\r')" src/f4 || fail "no line end was converted"

row "line ends: text=auto, core.safecrlf" works
repo r
echo '* text=auto' >.gitattributes
git add -A && git commit -qm text
git config core.safecrlf true
tasks "" "printf 'new\\\\r\\\\n' > src/new;"
whole
git show main:src/new | grep -q "$(printf '\r')" && fail "line ends were committed"

row "working-tree-encoding, ident" git
repo r
printf '*.txt working-tree-encoding=UTF-16LE\nsrc/f3 ident\n' >.gitattributes
printf 'h\0i\0\n\0' >src/a.txt
printf '$Id$\n' >>src/f3
git add -A && git commit -qm encoding && rm src/f3 && git checkout -q .
tasks
whole
is "$(git show main:src/a.txt)" hi
git show main:src/f3 | grep -q '^\$Id\$$' || fail "the name of a blob was committed"

row "sparse checkout, skip-worktree" works
repo r
mkdir docs && echo a >docs/a && git add -A && git commit -qm docs
tasks
git sparse-checkout set --cone src
whole
is "$(git show main:docs/a)" a
[ ! -e docs ] || fail "the checkout is not sparse any more"
repo r
tasks
git update-index --skip-worktree CHANGELOG && rm CHANGELOG
whole

row "sparse, split and large indexes" works
repo r
mkdir docs && echo a >docs/a && git add -A && git commit -qm docs
tasks
git sparse-checkout set --cone --sparse-index src
whole
repo r
tasks
git config core.splitIndex true
git config feature.manyFiles true
git update-index --split-index
whole

row "partial clone" git
repo up
git config uploadpack.allowFilter true
git config uploadpack.allowAnySHA1InWant true
mkdir docs && echo a >docs/a && git add -A && git commit -qm docs
tasks
for filter in blob:none tree:0; do
	rm -rf "$top/r"
	clone --filter=$filter --no-checkout
	git sparse-checkout set src && git checkout -q main
	git rev-list --objects --all --missing=print | grep -q '^?' || fail "nothing is missing"
	whole
	is "$(git show main:docs/a)" a
done

row "shallow clone" git
repo up
tasks "" "git add -A; git commit -qm mine;"
echo x >src/x && git add -A && git commit -qm 'not in the clone'
echo y >src/x && git commit -qam 'the last'
clone --depth 1
whole

row "alternates" works
repo up
tasks
cd "$top" && git clone -q --shared up r && cd r || fail clone
git config user.name Tester
git config user.email tester@example.com
whole
