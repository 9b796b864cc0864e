#!/bin/sh
# A task that is tried in several ways, side by side; the best is merged.
. "$E2E/lib.sh"

it "tries all, scores them, merges the best and keeps the others"
repo variants
agentfile <<'END'
agent bot
    run     echo cost 0.5; sleep 0.3; echo {{q prompt}} | grep -o 'with [a-z]*' > src/f1
    capture /cost (?<cost>[0-9.]+)/
agent other
    run     echo 'with other' > src/f1
task a
    agent    bot
    owns     src/f1
    variants soap graphql rest=other
    prompt   Do it with {{variant}}.
    verify   test "$AGENTMAKE_VARIANT" = {{variant}}
    choose   wc -c < src/f1
task b: a
    owns     src/f2
    run      cp src/f1 src/f2
END
am -j3 --events "$top/events"
status_is 0
into_has src/f1 "with graphql"
into_has src/f2 "with graphql"
err_has "'graphql' is chosen, with 25"
is "$(git for-each-ref refs/agentmake/variants | wc -l)" 0
is "$(git for-each-ref refs/agentmake/kept/a | wc -l)" 2
git log --format=%B agentmake/into/main | grep -q 'Agentmake-Agent: bot' || fail "no author"
am --compare a
status_is 0
grep -Eq '^soap +passed +22 +1 file, \+2 -1 +1 +.*\$0.50$' "$top/out" || fail "soap"
grep -Eq '^rest +passed +11 +1 file, .* not reported$' "$top/out" || fail "rest"
[ "$(grep -c '"phase":"agent"' "$top/events")" -ge 4 ] || fail "events"
am
status_is 0
err_has "nothing to do"

it "has no more at work than -j says, and only the one that passes goes on"
repo few
agentfile <<'END'
task a
    owns     src/f1
    variants one two three four
    run
        mkdir ../lock || exit 1
        sleep 0.2
        rmdir ../lock
        echo {{variant}} > src/f1
    verify   grep -q two src/f1
    choose   echo 1
END
am -j1
status_is 0
into_has src/f1 two
am --compare a
grep -Eq '^one +failed +-' "$top/out" || fail "one"

it "takes no number out of what colours a score"
repo coloured
agentfile <<'END'
task a
    owns     src/f1
    variants one two
    run      echo {{variant}} > src/f1
    choose   printf '\033[3%dm%d\033[0m\n' $((3 - $(wc -c <src/f1) / 4)) "$(wc -w <src/f1)$(grep -c two src/f1)"
END
am -j2
status_is 0
into_has src/f1 two
err_has "'two' is chosen, with 11"

it "fails when none passes"
repo none
agentfile <<'END'
task a
    owns     src/f1
    variants one two
    run      echo {{variant}} > src/f1
    verify   false
    choose   echo 1
END
am -j2
status_is 1
err_has "task 'a (one)' failed"
err_has "1 failed"

it "leaves the choice to the user"
repo ask
agentfile <<'END'
task a
    owns     src/f1
    variants one two
    run      echo {{variant}} >> src/f1
    choose   ask
task b
    owns     src/f2
    run      echo b > src/f2
END
am -j4
status_is 4
err_has "agentmake --choose a=VARIANT"
err_has "1 merged"
am --compare a
grep -q '^two  *passed  *-  *1 file' "$top/out" || fail "a score that nobody gave"
am --choose a=three
status_is 2
err_has "no variant 'three' that passed"
am --choose b=two
status_is 2
am --choose a=two
status_is 0
err_has "the next run merges it"
am
status_is 0
into_has src/f1 two
into_has src/f2 b
git show agentmake/into/main:src/f1 | grep -q one && fail "both"

it "takes a review at the user's word"
repo approve
agentfile <<'END'
agent bot
    run echo x > src/f1
agent qa
    run echo hm
task a
    agent  bot
    owns   src/f1
    review qa
    prompt Do it.
END
am
status_is 4
err_has "agentmake --approve a"
am --approve a
status_is 0
err_has "a is approved by Tester <tester@example.com>"
am
status_is 0
into_has src/f1 x
git log --format=%B agentmake/into/main | grep -q 'Agentmake-Reviewer: Tester <tester@example.com>' || fail "no reviewer"

it "ends all variants with Ctrl-C, and tries them again the next time"
repo cancel
agentfile <<'END'
task a
    owns     src/f1
    variants one two three
    run
        touch ../../started.{{variant}}
        [ -e ../../go ] || sleep 1000
        echo {{variant}} > src/f1
    choose   echo 1
END
"$AGENTMAKE" -j2 2>"$top/err" </dev/null &
pid=$!
wait_for ../started.one
wait_for ../started.two
kill -INT $pid
wait $pid
is $? 130
[ -e ../started.three ] && fail "a third was begun"
touch ../go
am -j2
status_is 0
into_has src/f1 one

it "asks no more than once, and has the chosen one reviewed, as the variant that it is"
repo later
agentfile <<'END'
agent rev
    run  cat > ../brief; echo "VERDICT: $([ -e ../../no ] && echo REJECT || echo APPROVE)"
task a
    owns     src/f1
    variants one two
    choose   ask
    run      echo {{variant}} > src/f1; echo x >> ../../ran
    verify   test "$(cat src/f1)" = "{{variant}}"
    review   rev
END
am -j3
status_is 4
am -j3
status_is 4
err_has "agentmake --choose a=VARIANT"
is "$(wc -l <../ran)" 2 "each variant ran once"
am --choose a=two
status_is 0
touch ../no
am -j3
status_is 1
err_has "the reviewer 'rev' rejected it"
rm ../no

it "gives each variant scripts of its own, and a clean work tree after each score"
repo scripts
agentfile <<'END'
task a
    owns     src/f1
    variants one two three
    run
        #!/bin/sh
        sleep 0.3
        echo {{variant}} > src/f1
    verify
        #!/bin/sh
        sleep 0.1
        grep -q {{variant}} src/f1
    choose   touch junk.txt; echo 1
END
am -j2
status_is 0
into_has src/f1 one
am --compare a
is "$(grep -c passed "$top/out")" 3

sound
