. "$E2E/lib.sh"

it "runs tasks side by side, in order, and finds nothing to do afterwards"
repo r
agentfile <<'END'
jobs 3
agent scripted
    run  echo "did {{task}}" >> src/{{task}}; cat >/dev/null
defaults
    agent scripted
    verify test -s src/{{task}}
for F in f1 f2 f3
    task {{F}}
        owns src/{{F}}
        prompt Improve src/{{F}}.
task f4: f*[1-3]
    owns src/f4
    run  cat src/f1 src/f2 src/f3 > src/f4
task gate: f4
    verify grep -q "did f3" src/f4
END
remember
am
status_is 0
into_has src/f4 "did f3"
is_untouched
err_has "5 merged"
# each commit on the branch holds the tree that was verified
for c in $(git rev-list --first-parent main..agentmake/into/main); do
	is "$(git log -1 --format='%(trailers:key=Agentmake-Tree,valueonly)' "$c" | head -n 1)" \
		"$(git rev-parse "$c^{tree}")" "verified tree of $c"
done
am
status_is 0
err_has "nothing to do: 5 tasks are up to date"
am -q
status_is 0

it "knows what is done in a fresh clone"
cd "$top" && git clone -q r clone && cd clone || fail clone
git config user.name T && git config user.email t@e
git branch -q agentmake/into/main origin/agentmake/into/main
am -n
out_has "0 tasks to run, 5 up to date"

it "lands, and knows it then too"
cd "$top/r" || exit 1
am --land
status_is 0
is "$(git rev-parse main)" "$(git rev-parse agentmake/into/main)"
grep -q "did f3" src/f4 || fail "the checkout was not updated"
git status --porcelain | grep . && fail "the checkout is dirty"
am -n
out_has "0 tasks to run"

it "runs again what changed, and only that"
sed -i 's/Improve/Really improve/' Agentfile && git commit -qam 'other prompt'
am --explain
out_has "f1: prompt changed"
out_has "f4: up to date"
out_has "gate: up to date"
am
status_is 0
err_has "3 merged"
am -n
out_has "0 tasks to run"

it "verifies again, and asks nobody, where only the checks changed"
sed -i 's/test -s/test -f/' Agentfile && git commit -qam 'other check'
am --explain
out_has "f1: verify changed; only its checks run"
am
status_is 0
err_has "main has 1 commit that agentmake/into/main has not; --land will merge and verify it"
err_lacks "asking"
git show agentmake/into/main:src/f1 >"$top/f1"
is "$(grep -c did "$top/f1")" 2

it "redoes with -B what is up to date, and what blocks it"
am -B f1
status_is 0
err_has "f1: asking scripted"
err_lacks "f2: asking"

it "takes names, globs and tags"
repo tags
agentfile <<'END'
task a
    owns src/f1
    run  echo a > src/f1
    tags fast
task b: a
    owns src/f2
    run  echo b > src/f2
task c
    owns src/f3
    run  echo c > src/f3
    tags fast slow
END
am -n @fast
out_has "2 tasks to run"
am -n b
out_has "2 tasks to run"
am -n '[bc]'
out_has "3 tasks to run"
am -n nosuch
status_is 2
err_has "no task 'nosuch'"
am -n @nosuch
status_is 2
am b
status_is 0
am -q
status_is 1
am -q b
status_is 0

it "says no to a wrong command line"
for bad in "-j 0" "-j" "-j x" "--nosuch" "-Z" "--graph=png" "--land --clean" "--undo" "-F" \
	"--dry-run=xml" "--shuffle=x" "--shuffle=-5" "--shuffle=18446744073709551616" "-j+3" "--jobs=-1"; do
	am $bad
	status_is 2
done
am --dry-rn
err_has "did you mean '--dry-run'"
am --check -f .
status_is 2
err_has "'.' is no file"
am -n=xml
err_has "'--dry-run=xml': it is one of text, json"
am --land --clean
err_has "'--land' and '--clean' ask for different things"

it "refuses what it would not heed"
for bad in "--land a" "--clean a" "--check a" "--graph a" "--conflicts a" "--agents a" "--status a" "--history a" "--owners f a"; do
	am $bad
	status_is 2
	err_has "no 'a'"
done
for bad in "--prompt b a" "--log b a" "--diff b a" "--compare b a" "--choose b=x a" "--claim b a"; do
	am $bad
	status_is 2
	err_has "so not also 'a'"
done
for bad in "--one-batch -n" "--shuffle --simulate" "--junit x --check" "--events - --status" "--events - -n" \
	"-B --land" "--annotate --explain"; do
	am $bad
	status_is 2
	err_has "' goes with "
done
for good in "-j2 -y -k -S -s --sandbox=off --status" "-j2 -f Agentfile --graph" "-B -n" "-h a"; do
	am $good
	status_is 0
done

it "runs one batch and says that work remains"
repo batch
agentfile <<'END'
jobs 2
for F in 1 2 3
    task f{{F}}
        owns src/f{{F}}
        run  echo x > src/f{{F}}
END
am --one-batch
status_is 3
is "$(git log --oneline --first-parent main..agentmake/into/main | wc -l)" 2
am --one-batch
status_is 0

it "squashes where that is asked for"
repo squash
agentfile <<'END'
history squash
task a
    owns src/f1
    run  echo x > src/f1
END
am
status_is 0
is "$(git rev-list --count main..agentmake/into/main)" 1
am -n
out_has "0 tasks to run"

it "skips a task whose condition does not hold"
repo when
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1
task ui: a
    when changed src/ui/**
    run  echo never > src/f2
task api: a
    when changed src/f1
    owns src/f3
    run  echo yes > src/f3
task after: ui
    owns src/f4
    run  echo after > src/f4
END
am
status_is 0
err_has "ui: skipped"
into_has src/f3 yes
into_has src/f4 after
is "$(git show agentmake/into/main:src/f2)" "file 2"

it "passes late names and the environment to commands"
repo env
agentfile <<'END'
task a
    owns src/**
    env GREETING="hello world" EMPTY=
    run
        echo "$GREETING|$AGENTMAKE_TASK|$AGENTMAKE_ATTEMPT|$AGENTMAKE_SLOT|{{task}}|{{attempt}}|{{slot}}" > src/env
        test "$AGENTMAKE_BASE" = "{{base}}" && test -z "$EMPTY"
    verify
        #!/bin/sh
        # a script
        grep -q '^hello world|a|1|1|a|1|1$' src/env
END
am
status_is 0

it "gives the brief on standard input, in a file, and quoted into the command"
repo brief
agentfile <<'END'
agent cat
    with WORD=default OTHER=x
    run
        cat > src/stdin
        cmp src/stdin "$AGENTMAKE_BRIEF" && cmp src/stdin {{prompt_file}}
        printf '%s' {{q prompt}} > src/arg && cmp src/arg src/stdin
        echo {{WORD}} {{OTHER}} > src/word
task a
    agent cat with WORD=mine
    owns src/**
    prompt
        Don't "break" on `this`, $HOME, \n, or {{{{braces}}.
        Task {{task}}.
END
am
status_is 0
into_has src/stdin 'Don'"'"'t "break" on `this`, $HOME, \n, or {{braces}}.'
into_has src/stdin 'Task a.'
into_has src/word 'mine x'
am --prompt a
out_has "You may create, change, rename and delete only files that match:"

sound
