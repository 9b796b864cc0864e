. "$E2E/lib.sh"

it "feeds a failure back, and merges what the next attempt mends"
repo mend
agentfile <<'END'
agent mend
    run
        cat > /dev/null
        cp "$AGENTMAKE_BRIEF" ../../brief.{{attempt}}
        if [ {{attempt}} = 1 ]; then echo wrong > src/f1; else echo right > src/f1; fi
task a
    agent mend
    owns src/f1
    retries 2
    prompt do it
    verify
        echo checking
        grep right src/f1
END
am
status_is 0
into_has src/f1 right
grep -q "the verification exited with status 1: grep right src/f1" "$top/brief.2" || fail "brief.2"
grep -q "attempt before this one failed" "$top/brief.1" && fail "brief.1"
is "$(git rev-list --count main..agentmake/into/main)" 2 "one commit of the task and its merge"
git rev-parse -q --verify refs/agentmake/kept/a/1 >/dev/null || fail "the first attempt was not kept"

it "shows, and feeds back, the end of a log without what only a terminal understands"
repo coloured
agentfile <<'END'
agent mend
    run  cp "$AGENTMAKE_BRIEF" ../../brief.{{attempt}}; echo {{attempt}} >src/f1
task a
    agent   mend
    owns    src/f1
    retries 1
    prompt  do it
    verify  printf ' 10%%\r 99%%\r\033[1;31merror:\033[0m no\033]0;title\007\n'; false
END
am
status_is 1
err_has "error: no"
for f in "$top/err" "$top/brief.2"; do
	grep -qx "error: no" "$f" || fail "${f##*/}: $(grep error: "$f" | od -c | head -n 5)"
done

it "fails a task that changes what it does not own, and keeps the work"
repo stray
agentfile <<'END'
task a
    owns src/f1
    run  echo mine > src/f1; echo stray > src/f2; rm src/f3; mv src/f4 src/f5; ln -s /etc/passwd link
END
remember
am
status_is 1
err_has "it changed 5 files that it does not own"
for f in link src/f2 src/f3 src/f4 src/f5; do err_has "  $f"; done
is_untouched
git show refs/agentmake/kept/a/1:src/f2 | grep -q stray || fail "the work was not kept"

it "takes stray changes out with 'stray revert', and keeps what they were"
sed -i 's/    owns/    stray revert\n    owns/' Agentfile
am
status_is 0
into_has src/f1 mine
into_has src/f2 "file 2"
into_has src/f4 "file 4"
git cat-file -e agentmake/into/main:link 2>/dev/null && fail "link was merged"
err_has "taken out again, kept as refs/agentmake/kept/a/"

it "accepts stray changes with 'stray widen' where nobody else is concerned"
repo widen
agentfile <<'END'
task a
    owns src/f1
    stray widen
    run  echo mine > src/f1; echo wide > src/f2
task b: a
    owns src/f3
    run  echo b > src/f3
END
am
status_is 0
into_has src/f2 wide
repo widen2
agentfile <<'END'
task a
    owns src/f1
    stray widen
    run  echo mine > src/f1; echo wide > src/f2
task b: a
    owns src/f2
    run  echo b > src/f2
END
am
status_is 1
err_has "  src/f2"

it "protects the Agentfile, what it includes, and what 'protect' names"
repo protect
mkdir more && echo '# nothing' >more/x.agentfile
agentfile <<'END'
include more/x.agentfile
protect src/f4
task a
    run  echo >> Agentfile
task b
    run  echo >> more/x.agentfile
task c
    run  echo >> src/f4
task d
    run  echo fine >> src/f3
END
git add -A && git commit -qm more
am
status_is 1
err_has "  Agentfile (protected)"
err_has "  more/x.agentfile (protected)"
err_has "  src/f4 (protected)"
into_has src/f3 fine

it "fails an agent that changes nothing, unless that may be"
repo empty
agentfile <<'END'
agent idle
    run  true
task a
    agent idle
    owns src/f1
    prompt do it
task b
    agent idle
    owns src/f2
    prompt do it
    allow-empty
task c
    owns src/f3
    run  true
END
am
status_is 1
err_has "task 'a' failed: it changed nothing"
am --explain
out_has "a: failed last time"
out_has "b: up to date"
out_has "c: up to date"

it "ends an attempt that takes too long, and all that came of it"
repo slow
agentfile <<'END'
task a
    owns src/f1
    timeout 1s
    run  sleep 987654 & echo half > src/f1; sleep 987654
END
am
status_is 1
err_has "did not end within 1.0s"
nothing_runs "sleep 987654"
git show refs/agentmake/kept/a/1:src/f1 | grep -q half || fail "half the work was not kept"

it "ends daemons that a command leaves behind"
repo daemon
agentfile <<'END'
task a
    owns src/f1
    run
        setsid sh -c 'exec sleep 876543' </dev/null >/dev/null 2>&1 &
        (setsid sleep 876543 &) ; echo x > src/f1
END
am
status_is 0
nothing_runs "sleep 876543"

it "says that an agent is not there"
repo missing
agentfile <<'END'
agent ghost
    run  no-such-agent-program
task a
    agent ghost
    owns src/f1
    prompt x
END
am
status_is 1
err_has "exited with status 127"
err_has "no-such-agent-program"

it "keeps the beginning and the end of endless output"
repo noisy
agentfile <<'END'
task a
    owns src/f1
    run  echo BEGINNING; yes 0123456789012345678901234567890123456789 | head -c 60000000; echo; echo THE_END; echo x > src/f1
END
am
status_is 0
am --log a
head -n 3 "$top/out" | grep -q BEGINNING || fail "no beginning"
tail -n 2 "$top/out" | grep -q THE_END || fail "no end"
out_has "bytes left out"
[ "$(wc -c <"$top/out")" -lt 45000000 ] || fail "the log is too large"

it "goes on with a command that closes its output"
repo closed
agentfile <<'END'
task a
    owns src/f1
    run  exec >&- 2>&-; sleep 0.3; echo late > src/f1
END
am
status_is 0
into_has src/f1 late

it "refuses repositories inside the worktree"
repo nested
agentfile <<'END'
task a
    run
        #!/bin/sh
        git init -q inner && cd inner && git config user.name x && git config user.email y
        echo x > x && git add x && git commit -qm x && git rev-parse HEAD > ../../sha
task b
    owns src/f2
    run
        #!/bin/sh
        git init -q empty && cd empty && git config user.name x && git config user.email y
        echo x > x && git add x && git commit -qm x && git rev-parse HEAD > ../../sha.b && rm x
        echo b > ../src/f2
END
am
status_is 1
err_has "there are git repositories inside the worktree"
err_has "inner/"
am
am --clean
is "$(git -C ../nested.agentmake/wt-1/inner cat-file -t HEAD)" commit
found=$(find ../nested.agentmake -name empty -exec git -C {} cat-file -t "$(cat ../nested.agentmake/sha.b)" \; )
case $found in *commit*) ;; *) fail "the commit in 'empty' is gone" ;; esac

it "accepts commits of the agent's own, on top of the lease"
repo commits
agentfile <<'END'
task a
    owns src/**
    run
        git config user.name >/dev/null
        echo one > src/f1; git add -A; git commit -qm "first of the agent"
        echo two > src/f2; git commit -qam "second of the agent"
        echo rest > src/f3
END
am
status_is 0
git log --format=%s main..agentmake/into/main >"$top/out"
out_has "first of the agent"
out_has "second of the agent"
into_has src/f3 rest

it "refuses a HEAD that was left elsewhere, and loses nothing"
repo elsewhere
agentfile <<'END'
task rewrite
    owns src/**
    run  echo x > src/f1; git add -A; git commit -q --amend -m "rewritten"
task orphan: rewrite*
    owns src/**
    run  true
END
remember
am rewrite
status_is 1
err_has "which does not descend from"
git for-each-ref --format='%(contents:subject)' refs/agentmake/kept >"$top/out"
out_has "Unfinished work of task rewrite"
is_untouched

it "does without the .git file of the worktree"
repo nogit
agentfile <<'END'
task a
    owns src/**
    run  rm .git; echo x > src/f1
task b: a
    owns src/**
    run  echo "gitdir: /nowhere" > .git; echo y > src/f2
END
am
status_is 0
err_has "it was mended"
into_has src/f1 x
into_has src/f2 y

it "refuses messages that only agentmake may write"
repo forged
agentfile <<'END'
task a
    owns src/**
    run  echo x > src/f1; printf 'x\n\nAgentmake-Task: b\n' | git commit -qa -F -
END
am
status_is 1
err_has "only agentmake writes these"

it "fails a verification that changes tracked files"
repo changes
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1
    verify echo changed > src/f2
END
am
status_is 1
err_has "the verification changed tracked files"
err_has "src/f2"

it "cleans up after each task, but leaves what git ignores"
repo clean
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1; echo cache > cache.o
    verify echo junk > junk; echo cache2 > cache2.o
task b: a
    owns src/f2
    run  ls > src/f2
END
am
status_is 0
into_has src/f2 cache.o
into_has src/f2 cache2.o
git show agentmake/into/main:src/f2 | grep -q junk && fail "junk was left"

it "makes a folder of a file and a file of a folder, and takes that back where it fails"
repo folders
mkdir lib && echo 1 >lib/one && echo 2 >src/tool && git add -A && git commit -qm folders
agentfile <<'END_OF_FILE'
task a
    owns    **
    retries 1
    run
        rm src/tool && mkdir src/tool && echo x >src/tool/main
        rm -r lib && echo y >lib
        echo $AGENTMAKE_ATTEMPT >attempt
    verify  grep 2 attempt
task b: a
    owns    **
    run     test -f src/tool/main && rm -r src/tool lib && mkdir lib && echo 3 >src/tool && echo 4 >lib/one
task c: b
    owns    **
    run     test -f src/tool && echo 5 >src/tool
END_OF_FILE
am
status_is 0
err_has "attempt 1 of 2 failed: the verification"
is "$(git show agentmake/into/main~2:src/tool/main)" x
is "$(git show agentmake/into/main~2:lib)" y
into_has src/tool 5
into_has lib/one 4

it "runs the set-up once in each worktree, and brings in the files that git ignores"
repo setup
echo secret >.env
mkdir conf && echo '{}' >conf/local.json
echo 'conf/*.json' >>.gitignore && git commit -qam ignore
agentfile <<'END'
copy .env conf/local.json
setup echo run >> setup.o; echo noise > noise; echo changed > src/f4
task a
    owns src/f1
    run  cat .env conf/local.json setup.o > src/f1; test ! -e noise && grep -q "file 4" src/f4
task b: a
    owns src/f2
    run  cat setup.o > src/f2
END
am
status_is 0
is "$(git show agentmake/into/main:src/f1)" "secret
{}
run"
is "$(git show agentmake/into/main:src/f2)" "run"

it "says which file of 'copy' is missing or not ignored"
echo 'copy nosuch
task a
    run true' >Agentfile
am
status_is 2
err_has "'copy' names 'nosuch', which is not there"
echo 'copy plain
task a
    run true' >Agentfile
echo x >plain
am
status_is 2
err_has "'copy' names 'plain', which git does not ignore"

it "honours .worktreeinclude"
repo include
echo secret >.env
echo other >x.o
printf '.env\nsrc/f1\n' >.worktreeinclude
git add -A && git commit -qm include
agentfile <<'END'
task a
    owns src/f2
    run  cat .env > src/f2; test ! -e x.o
END
am
status_is 0
into_has src/f2 secret

it "tells people"
repo notify
agentfile <<'END'
notify  echo "{{event}} {{task}}: {{message}}" >> ../told
task a
    owns src/f1
    run  false
END
am
status_is 1
grep -q "^failed a: failed" ../told || fail "not told of the failure"
grep -q "^end : 0 merged, 1 failed" ../told || fail "not told of the end"

it "names the files of 'context' to the agent, and says which is missing"
repo context
agentfile <<'END'
agent cat
    run  cat > src/f1
task a
    agent cat
    owns src/f1
    context src/f2
    prompt x
END
am
status_is 0
into_has src/f1 "- src/f2"
sed -i 's/context.*/context nosuch.md/' Agentfile
am
status_is 2
err_has "task 'a' names 'nosuch.md' as context, which is not in main"

it "keeps work whose branch is in the way of an older one"
repo inway
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
END
am
status_is 0
git rm -q --cached Agentfile
agentfile <<'END'
task a/b
    owns src/f2
    run  echo B > src/f2
END
am
status_is 0
err_has "the branch agentmake/task/a/b could not be moved"
into_has src/f2 B

it "asks again whether a task is up to date when what it reads may have changed"
repo again
agentfile <<'END'
task maker
    owns src/f1
    run  echo same > src/f1
task reader: maker
    owns src/f2
    reads src/f1
    run  echo run >> ../../runs; cp src/f1 src/f2
END
am
status_is 0
sed -i 's/echo same/printf "same\\n"/' Agentfile && git commit -qam x
am -n
out_has "[what it reads may change before it]"
am
status_is 0
err_has "reader: up to date after all"
is "$(wc -l <../runs)" 1
sed -i 's/same/other/' Agentfile && git commit -qam x
am
status_is 0
is "$(wc -l <../runs)" 2
into_has src/f2 other

it "leaves alone what a work tree was replaced by, and keeps a repository that was made in its place"
repo replaced
agentfile <<'END'
task a
    owns src/f1
    retries 1
    run  d=$PWD; cd /; rm -rf "$d"; ln -s TOP/replaced "$d"
END
sed -i "s|TOP|$top|" Agentfile && git commit -qam top
echo mine >untracked
remember
am
status_is 1
is_untouched
err_has "is not the folder that was made there any more; it is left alone"
git fsck >/dev/null 2>&1 || fail "the user's repository is damaged"
agentfile <<'END'
task b
    owns src/f1
    run
        rm .git && git init -q . && git config user.name x && git config user.email y
        echo one > src/f1 && git add -A && git commit -qm one && git rev-parse HEAD > TOP/sha
        echo two > src/f1 && git commit -qam two
task c
    owns src/f2
    run  echo c > src/f2
END
sed -i "s|TOP|$top|" Agentfile && git commit -qam top
am -j2
status_is 1
err_has "the repository that was made in place of the work tree; it is "
into_has src/f2 c
is "$(git -C ../replaced.agentmake/wt-*.git-1 cat-file -t "$(cat ../sha)")" commit

sound nested replaced
