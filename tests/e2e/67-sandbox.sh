# The sandbox: what a task tries to change outside of its work tree stays as it is, and nothing that it
# planted is run later, by agentmake or by the user. Everything is tried with each kind that works here.
. "$E2E/lib.sh"
with_sandbox

out=$top/outside
mkdir "$out"
kinds=
for kind in bwrap landlock; do
	repo probe
	echo 'task a' >Agentfile && printf '    run true\n    allow-empty\n' >>Agentfile
	am --check --sandbox=$kind && [ "$status" = 0 ] && kinds="$kinds $kind"
done
[ -n "$kinds" ] || echo "67-sandbox.sh: neither bubblewrap nor Landlock works here: little is tried" >&2

# evil: a script that tries what it can; each way that works leaves a file in $out, or a change
cat >"$top/evil" <<END
#!/bin/sh
exec 2>/dev/null
out='$out' repo=\$1 other=\$2
w=\$PWD
plant='sh -c "touch $out/planted"'
# straight, through "..", a symbolic link, a hard link, an open file
touch "\$out/straight"
echo x >>"../../outside/dots"
ln -s "\$out" src/link && touch src/link/symlink; rm -f src/link
ln "\$repo/src/f1" src/hard && echo x >>src/hard; rm -f src/hard
for fd in /proc/self/fd/* /proc/1/root /proc/\$PPID/root /proc/\$PPID/cwd; do
	touch "\$fd/../../../../\$out/fd" "\$fd/\$out/fd"
	[ ! -f "\$fd" ] || case \$(readlink "\$fd") in *.log | */journal | *.lock) echo x >>"\$fd" ;; esac
done
mkdir -p "\$HOME/.config" && echo x >"\$HOME/.config/x"
echo "[alias] st = !\$plant" >>"\$HOME/.gitconfig"
touch "\$HOME/.profile"
# the repository: checkout, hooks, configuration, references, objects, what agentmake keeps
echo x >>"\$repo/src/f2"; rm -f "\$repo/src/f3"
for h in post-checkout pre-commit reference-transaction post-merge; do
	printf '#!/bin/sh\ntouch $out/hook\n' >"\$repo/.git/hooks/\$h"; chmod +x "\$repo/.git/hooks/\$h"
done
git config core.fsmonitor "\$plant"; git config alias.st "!\$plant"
git config filter.evil.clean "\$plant"; git config core.hooksPath "\$w/hooks"
git config --global core.fsmonitor "\$plant"; git config --worktree core.fsmonitor "\$plant"
printf '[core]\n\tfsmonitor = %s\n' "\$plant" >>"\$repo/.git/config"
echo '* filter=evil' >>"\$repo/.git/info/attributes"
git update-ref refs/heads/main HEAD~1; git update-ref -d refs/heads/other
git update-ref refs/heads/agentmake/task/b HEAD~1
git update-ref refs/heads/agentmake/into/main HEAD~1
echo 0123456789012345678901234567890123456789 >"\$repo/.git/refs/heads/main"
rm -rf "\$repo/.git/objects/"* "\$repo/.git/refs/heads/"* "\$repo/.git/packed-refs"
rm -rf "\$repo/.git/agentmake/journal" "\$repo/.git/agentmake/logs"
echo '{}' >>"\$repo/.git/agentmake/journal"
# another work tree
echo x >>"\$other/src/f4"; touch "\$other/new"
# what says where the repository is
mkdir evil.git && git init -q --bare evil.git && git --git-dir=evil.git config core.fsmonitor "\$plant"
git --git-dir=evil.git config core.worktree "\$w"
admin=\$(sed 's/gitdir: //' .git)
echo "\$w/evil.git" >"\$admin/commondir"; echo "\$w/evil.git" >"\$admin/gitdir"
printf '[core]\n\tfsmonitor = %s\n' "\$plant" >"\$admin/config.worktree"
rm -rf "\$admin/index"; echo "ref: refs/heads/main" >"\$admin/HEAD"
echo "gitdir: \$w/evil.git" >.git.new; mv -f .git.new .git; echo "gitdir: \$w/evil.git" >.git
rm -rf evil.git .git.new
# root's ways
mount -o remount,rw / && touch "\$out/remount"
mknod disk b 8 0 && : >disk; rm -f disk
# processes of others; Landlock keeps them from signals since its version 6
[ "\$3" = spare ] || {
	kill -9 \$(awk '/^PPid:/ { print \$2 }' /proc/\$PPID/status)
	kill -STOP \$(cat "\$out/../bystander"); kill -STOP \$(cat '$HOME/bystander')
}
exit 0
END
chmod +x "$top/evil"

for kind in $kinds; do
	it "keeps what a task does inside its work tree ($kind)"
	repo "evil-$kind"
	cp "$top/evil" "$HOME/evil" # a place that is seen inside
	git branch other
	sleep 1000 &
	echo $! >"$top/bystander"
	cp "$top/bystander" "$HOME/bystander"
	spare=
	am --check --sandbox=$kind
	! grep -q 'sockets, ' "$top/out" || spare=spare
	agentfile <<-END
		sandbox $kind
		conflicts any-order
		task a
		    owns src/f1
		    run
		        '$HOME/evil' '$top/evil-$kind' '$top/evil-$kind.agentmake/wt-2' $spare
		        echo mine >src/f1
		task b
		    owns src/f4
		    run
		        sleep 1
		        git log --oneline | grep -q Agentfile
		        git status --porcelain
		        echo mine >src/f4
		    verify
		        '$HOME/evil' '$top/evil-$kind' '$top/evil-$kind.agentmake/wt-1' $spare
		        ! test -e new
	END
	remember
	am -j2
	status_is 0
	is_untouched
	kill -0 "$(cat "$top/bystander")" || fail "it ended the bystander"
	case $(ps -o stat= -p "$(cat "$top/bystander")") in *T*) fail "it stopped the bystander" ;; esac
	kill -9 "$(cat "$top/bystander")"
	is "$(ls "$out")" "" "what it did outside"
	into_has src/f1 mine
	into_has src/f4 mine
	is "$(git diff --name-only main agentmake/into/main | tr '\n' ' ')" "src/f1 src/f4 "
	git fsck --strict >"$top/out" 2>&1 || fail "git fsck"

	it "leaves nothing behind that is run later ($kind)"
	for folder in . "../evil-$kind.agentmake/wt-1" "../evil-$kind.agentmake/wt-2"; do
		git -C "$folder" status --porcelain >"$top/out" 2>&1 || fail "git status in $folder"
		[ ! -s "$top/out" ] || fail "git status in $folder"
		git -C "$folder" add -A . || fail "git add in $folder"
		git -C "$folder" checkout -q HEAD || fail "git checkout in $folder"
	done
	am --status && status_is 0
	am --land
	status_is 0
	echo '#!/bin/sh' >"$HOME/evil"
	am -B -j2
	status_is 0
	am --clean
	status_is 0
	is "$(ls "$out")" "" "what was planted was run"
	is "$(ls "$HOME" | tr '\n' ' ')" "bystander evil "
	[ ! -e "$HOME/.profile" ] || fail "it wrote to the home"
done

if case $kinds in *bwrap*) true ;; *) false ;; esac; then
	it "lets git work whole, and takes over what was committed (bwrap)"
	repo commits
	git checkout -q -b side && echo side >src/side && git add -A && git commit -qm side && git checkout -q main
	git pack-refs --all
	agentfile <<-'END'
		sandbox bwrap
		task a
		    owns src/**
		    run
		        git mv src/f1 src/g1 && git commit -qm 'first of two'
		        git stash list && echo later >>src/f2 && git stash -q && git stash pop -q
		        git checkout -q -b mine && git add -A && git commit -qm 'second of two'
		        for i in $(seq 150); do echo $i >src/many$i; done; git add -A; git commit -qm 'many at once'
		        git tag seen && git branch gone side && git log --oneline side | grep -q side
		        echo uncommitted >src/f3
		    verify git log --oneline | grep -q 'second of two'
	END
	remember
	am
	status_is 0
	is_untouched
	into_has src/g1 'file 1'
	into_has src/f2 later
	into_has src/f3 uncommitted
	git log --format=%s agentmake/into/main >"$top/out"
	out_has 'first of two'
	out_has 'second of two'
	out_has 'many at once'
	git commit -q --allow-empty -m 'base moves'
	am --land
	status_is 0
	err_lacks 'error:'
	into_has src/many150 150
	is "$(git tag)" "" "a tag"
	git fsck --strict >"$top/out" 2>&1 || fail "git fsck"

	it "keeps what a task committed and gave up (bwrap)"
	repo gaveup
	agentfile <<-'END'
		sandbox bwrap
		task a
		    owns src/**
		    run
		        echo 1 >src/f1; git commit -qam 'given up'; git reset -q --hard HEAD~1
		        git checkout -q -b idea; echo 2 >src/f2; git commit -qam 'an idea'; git checkout -q --detach @{-1}
		        echo 3 >src/f3; git commit -qam 'before it was amended'; git commit -q --amend -m amended
		        echo 4 >src/f4; git stash -q; git repack -q -d 2>/dev/null || true
		task b: a
		    owns src/f2
		    run git log --oneline | grep -q amended && echo b >src/f2
		task c
		    owns src/f1
		    run echo c >src/f1; git commit -qam 'c gives up'; git reset -q --hard HEAD~1; false
	END
	am
	status_is 1
	am --clean
	for text in 'given up' 'an idea' 'before it was amended' 'WIP on' 'c gives up'; do
		git log --all --format=%s | grep -q "^$text" || fail "'$text' is lost"
	done
	[ "$(git for-each-ref refs/agentmake/kept/a | wc -l)" = 1 ] || fail "not on one reference"
	! ls .git/agentmake/slots | grep -q view || fail "a view is left"
	git log --format=%s agentmake/into/main >"$top/out"
	out_has amended
	! grep -qx 'given up' "$top/out" || fail "what was given up is merged"
	git fsck --strict >"$top/out" 2>&1 || fail "git fsck"

	it "takes over what was committed in a run that was killed (bwrap)"
	repo killed
	agentfile <<-'END'
		sandbox bwrap
		task a
		    owns src/**
		    run
		        echo once >src/f1 && git commit -qam 'committed before the end'
		        git checkout -q -b elsewhere && echo left >src/f2
		        touch "$HOME/.cache/committed"; sleep 98713
	END
	"$AGENTMAKE" >"$top/out" 2>"$top/err" </dev/null &
	wait_for "$HOME/.cache/committed"
	kill -9 $!
	rm "$HOME/.cache/committed"
	sed -i 's/; sleep 98713//' Agentfile && git commit -qam 'another way'
	am
	err_has 'is kept as refs/agentmake/kept/a/1'
	git log --format=%s refs/agentmake/kept/a/1 >"$top/out"
	out_has 'committed before the end'
	is "$(git show refs/agentmake/kept/a/1:src/f2)" left
	nothing_runs 'sleep 98713'

	it "gives each its own temporary folder and processes (bwrap)"
	repo temporary
	agentfile <<-'END'
		sandbox bwrap
		conflicts any-order
		for X in 1 2
		    task t{{X}}
		        owns src/f{{X}}
		        run
		            echo mine >/tmp/mark-$AGENTMAKE_TASK; echo mine >/var/tmp/too
		            sleep 0.5
		            ls /tmp >src/f{{X}}; echo "$TMPDIR $(ls /proc | grep -c '^[0-9]')" >>src/f{{X}}
	END
	am -j2
	status_is 0
	into_has src/f1 mark-t1
	into_has src/f2 mark-t2
	is "$(git show agentmake/into/main:src/f1 | grep -c mark)" 1 "it sees the files of another"
	is "$(git show agentmake/into/main:src/f1 | awk '/^\/tmp\/agentmake / { print $2 < 9 }')" 1 "its processes"

	it "hides sockets that lead outside, unless they are asked for (bwrap)"
	repo sockets
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(9); time.sleep(60)' "$HOME/agent.sock" &
	server=$!
	wait_for "$HOME/agent.sock"
	export SSH_AUTH_SOCK="$HOME/agent.sock"
	agentfile <<-'END'
		sandbox bwrap
		task a
		    allow-empty
		    verify python3 -c 'import socket, os; socket.socket(socket.AF_UNIX).connect(os.environ["SSH_AUTH_SOCK"])'
	END
	am
	status_is 1
	sed -i '1a writable+ $SSH_AUTH_SOCK' Agentfile && git commit -qam sockets
	am
	status_is 0
	kill $server
	rm "$HOME/agent.sock"
	unset SSH_AUTH_SOCK

	it "lets a task end in its own time (bwrap)"
	repo grace
	agentfile <<-'END'
		sandbox bwrap
		task a
		    timeout 1s
		    run trap 'echo saved; exit 1' TERM; while :; do sleep 0.1; done
	END
	am
	status_is 1
	err_has saved
	err_has 'did not end within'
fi

for kind in $kinds; do
	it "grants what 'writable' names, and no more ($kind)"
	repo "writable-$kind"
	mkdir -p "$HOME/.state/kept" "$top/place"
	export PLACE="$top/place"
	agentfile <<-END
		sandbox $kind
		writable \$PLACE ~/.made/ ~/.missing \$UNSET_PLACE/x
		agent bot
		    writable ~/.state !~/.state/kept
		    run
		        echo bot >src/f1; echo x >~/.state/ok; echo x >~/.made/ok; echo x >"\$PLACE/ok"
		        ! touch ~/.missing 2>/dev/null && ! touch ~/.other 2>/dev/null
		task a
		    owns src/f1
		    agent bot
		    prompt do it
		    verify
		        ! touch ~/.state/no 2>/dev/null
		        ! touch ~/.cache/no 2>/dev/null
	END
	rm -rf "$HOME/.cache"
	am
	status_is 0
	[ -e "$HOME/.state/ok" ] && [ -e "$HOME/.made/ok" ] && [ -e "$top/place/ok" ] || fail "a grant"
	rm -rf "$HOME/.state" "$HOME/.made" "$top/place"
	unset PLACE

	it "says what could not be written, and how to allow it ($kind)"
	repo "hint-$kind"
	agentfile <<-END
		sandbox $kind
		task a
		    run echo x >~/nowhere
	END
	am
	status_is 1
	case $kind in
	bwrap) err_has 'Read-only file system' ;;
	landlock) err_has 'Permission denied' ;;
	esac
	err_has "writable PATH"
done

it "refuses places that hold the repository, or say nothing"
repo places
for place in / "$top" "$top/places" "$top/places/.git" "$top/places/.git/hooks" "$top/places.agentmake"; do
	mkdir -p "$top/places.agentmake"
	printf 'writable %s\ntask a\n    run echo x >src/f1\n' "$place" >Agentfile
	am
	status_is 2
	err_has "'writable $place'"
done
printf 'writable src ../x *.c\ntask a\n    run true\n' >Agentfile
am --check
status_is 2
err_has "'src' does not say where it is"

it "says which is in force, and refuses to go without where that is asked"
repo rules
printf 'task a\n    run echo x >src/f1\n' >Agentfile
am -n --sandbox=off
out_has 'sandbox: off'
am --check --sandbox=off
out_has 'sandbox: off'
for kind in $kinds; do
	am -n --sandbox=$kind
	out_has 'it does not cover the network'
done
# a bubblewrap that does not work
mkdir "$top/broken" && printf '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n' >"$top/broken/bwrap"
chmod +x "$top/broken/bwrap"
PATH="$top/broken:$PATH" am --sandbox=bwrap
status_is 2
err_has 'No permissions to create new namespace'
PATH="$top/broken:$PATH" am -n --sandbox=bwrap
out_has 'sandbox: none, but one is required: nothing would be run'
PATH="$top/broken:$PATH" am -n
case $kinds in *landlock*) out_has 'sandbox: Landlock' ;; *) out_has 'sandbox: none' ;; esac
am --sandbox=nonsense
status_is 2
err_has "one of auto, require"
