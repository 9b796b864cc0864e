# Ways out of the sandbox that were found open once: each stays shut, with each kind that works here.
. "$E2E/lib.sh"
with_sandbox

kinds=
for kind in bwrap landlock; do
	repo probe
	printf 'task a\n    run true\n    allow-empty\n' >Agentfile
	am --check --sandbox=$kind && [ "$status" = 0 ] && kinds="$kinds $kind"
done
[ -n "$kinds" ] || echo "71-escapes.sh: neither bubblewrap nor Landlock works here: little is tried" >&2
has() { case $kinds in *$1*) true ;; *) false ;; esac; }

for kind in $kinds; do
	it "passes on none of the descriptors that it was started with ($kind)"
	repo "descriptors-$kind"
	mkdir -p "$top/open"
	agentfile <<-END
		sandbox $kind
		task a
		    owns src/f1
		    run
		        ls -l /proc/self/fd >src/f1
		        touch /proc/self/fd/7/through 2>/dev/null; echo x >/proc/self/fd/8; echo x >&8; true
	END
	am 7<"$top/open" 8>"$top/open/file"
	status_is 0
	is "$(ls "$top/open")" file
	is "$(cat "$top/open/file")" "" "it wrote to a file that the caller had opened"
	! git show agentmake/into/main:src/f1 | grep -qF "$top/open" || fail "it has descriptors of the caller's"
	rm -r "$top/open"

	it "grants no place that became a link to elsewhere ($kind)"
	repo "links-$kind"
	mkdir -p "$HOME/.cache/inner" "$HOME/.bot/inner" "$HOME/victim"
	agentfile <<-END
		sandbox $kind
		writable ~/.cache ~/.cache/inner ~/.bot/inner
		agent bot
		    writable ~/.bot
		    run
		        rmdir ~/.cache/inner; ln -s ../victim ~/.cache/inner
		        rmdir ~/.bot/inner; ln -s ../victim ~/.bot/inner
		        echo x >src/f1
		task a
		    owns src/f1
		    agent bot
		    prompt do it
		    verify
		        ! touch ~/victim/there 2>/dev/null
	END
	am
	[ -L "$HOME/.cache/inner" ] || fail "the link was not planted"
	is "$(ls "$HOME/victim")" ""
	rm -rf "$HOME/.cache" "$HOME/.bot" "$HOME/victim"
done

for kind in $kinds; do
	it "keeps commands from the kernel's settings, from sockets without a path and shared memory ($kind)"
	repo "kernel-$kind"
	cat >"$HOME/reach" <<-'END'
		import ctypes, socket, sys
		s = socket.socket(socket.AF_UNIX)
		if sys.argv[1] == "serve":
		    import time
		    print(ctypes.CDLL(None).shmget(int(sys.argv[3]), 4096, 0o1600))
		    s.bind("\0" + sys.argv[2]); s.listen(9); open(sys.argv[4], "w"); time.sleep(60)
		for name in ("kernel/core_pattern", "vm/swappiness"):
		    try: open("/proc/sys/" + name, "r+"); print("settings")
		    except OSError: pass
		try: s.connect("\0" + sys.argv[2]); print("socket")
		except OSError: pass
		if ctypes.CDLL(None).shmget(int(sys.argv[3]), 0, 0) >= 0: print("memory")
	END
	python3 "$HOME/reach" serve "escapes-$$" $$ "$top/serving" >"$top/segment" &
	server=$!
	wait_for "$top/serving"
	agentfile <<-END
		sandbox $kind
		task a
		    owns src/f1
		    run python3 ~/reach try escapes-$$ $$ >src/f1
	END
	am -n
	gaps=$(tr -s '\n ' ' ' <"$top/out")
	am
	kill $server
	ipcrm -M $$ 2>/dev/null
	rm "$top/serving"
	status_is 0
	git show agentmake/into/main:src/f1 >"$top/out"
	! grep -q settings "$top/out" || fail "it could write settings of the kernel"
	case $gaps in *'shared memory'*) ;; *) ! grep -q memory "$top/out" || fail "it has our shared memory" ;; esac
	case $gaps in
	*'sockets,'* | *'without a path'*) ;;
	*) ! grep -q socket "$top/out" || fail "it reached a socket without a path" ;;
	esac
done

if has bwrap; then
	it "takes no repository that a task made for a submodule"
	repo made
	agentfile <<-'END'
		sandbox bwrap
		task a
		    owns src/**
		    run
		        git init -q src/n; git -C src/n -c user.name=T -c user.email=t@e commit -q --allow-empty -m inner
		        git -C src/n config core.fsmonitor "touch $HOME/planted; false"
		        git add src/n && git commit -qm made
	END
	am
	status_is 1
	err_has 'git repositories inside'
	git -C "$top/made.agentmake/wt-1" status >"$top/out" 2>&1
	[ ! -e "$HOME/planted" ] || fail "git status ran what was planted"

	it "looks for bubblewrap where no task can have put another, and lets none write where PATH leads"
	repo path
	mkdir -p "$HOME/.cache/bin"
	agentfile <<-'END'
		sandbox bwrap
		writable ~/.cache
		task a
		    owns src/**
		    run
		        printf '#!/bin/sh\ntouch ~/planted\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n' >src/bwrap
		        chmod +x src/bwrap
		        cp src/bwrap ~/.cache/bin/git 2>/dev/null; touch ~/.cache/written
		    verify true
	END
	PATH="$HOME/.cache/bin:src:$PATH" am
	status_is 0
	[ ! -e "$HOME/planted" ] || fail "what the task planted was run"
	is "$(ls "$HOME/.cache/bin")" ""
	[ -e "$HOME/.cache/written" ] || fail "the cache cannot be written"
	rm -rf "$HOME/.cache"

	it "waits for nothing that is left among the objects"
	for what in 'rm -f $O/info/alternates; mkfifo $O/info/alternates' \
		'rm -f $O/info/alternates; truncate -s 60G $O/info/alternates' \
		'x=$(git rev-parse HEAD:src/f1); cd $O/$(echo $x | cut -c1-2); rm -f *; mkfifo $(echo $x | cut -c3-)' \
		'cd $O/pack; p=pack-1111111111111111111111111111111111111111; mkfifo $p.idx; : >$p.pack' \
		'b=$(git rev-parse HEAD:src/f2); echo $b >$A/HEAD' 'rm $A/HEAD; mkfifo $A/HEAD' \
		'rm $A/HEAD; mkdir $A/HEAD' 'git tag -am x t; t=$(git rev-parse t); echo $t >$A/HEAD'; do
		repo hostile
		agentfile <<-END
			sandbox bwrap
			task a
			    owns src/f1
			    run
			        O=\$(git rev-parse --git-common-dir)/objects A=\$(git rev-parse --git-dir); echo x >src/f1; git commit -qam x; $what
			task b
			    owns src/f3
			    run echo mine >src/f3
		END
		timeout -k 1 30 "$AGENTMAKE" >"$top/out" 2>"$top/err" </dev/null
		status=$?
		[ $status -le 1 ] || fail "status $status after: $what"
		into_has src/f3 mine
		git fsck --strict >"$top/out" 2>&1 || fail "git fsck after: $what"
	done
fi
