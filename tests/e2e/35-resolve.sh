#!/bin/sh
# A conflict that is not the end: `on-conflict retry`, or an agent that resolves it.
. "$E2E/lib.sh"

# two tasks that change the same line of a shared file; the second is slower
conflicting() {
	agentfile <<END
agent bot
    run sh bot.sh
agent resolver
    run sh resolver.sh
defaults
    agent bot
    shares CHANGELOG
    on-conflict $1
task a
    owns   src/f1
    prompt Say one.
task b
    owns   src/f2
    prompt Say two.
    verify grep -q b CHANGELOG
END
}

bot() {
	cat >bot.sh <<'END'
cat >../brief.$AGENTMAKE_TASK.$AGENTMAKE_ATTEMPT
[ $AGENTMAKE_TASK = b ] && sleep 1
if [ -s src/marker ]; then exit 1; fi
echo $AGENTMAKE_TASK >src/f$([ $AGENTMAKE_TASK = a ] && echo 1 || echo 2)
echo "$(tail -n 1 CHANGELOG) $AGENTMAKE_TASK" >CHANGELOG
END
	git add bot.sh && git commit -qm bot
}

it "starts again from the new head with 'on-conflict retry'"
repo retry
bot
conflicting retry
am -j2
status_is 0
is "$(git show agentmake/into/main:CHANGELOG)" "changes a b"
err_has "b: it conflicts with what was merged meanwhile; it starts again from there"
grep -q 'begin again on top of it' ../retry.agentmake/brief.b.2 || fail "the brief"
git for-each-ref refs/agentmake/kept/b | grep -q . || fail "the earlier work is not kept"

it "has an agent resolve it, and holds its result against the same checks"
repo resolver
bot
cat >resolver.sh <<'END'
cat >../brief.resolver.$AGENTMAKE_ATTEMPT
grep -q '^<<<<<<< ' CHANGELOG || exit 1
[ $AGENTMAKE_ATTEMPT = 2 ] && exit 0 # resolves nothing
echo 'changes a b' >CHANGELOG
END
git add resolver.sh && git commit -qm resolver
conflicting resolver
sed -i 's/^defaults/&\n    retries 2/' Agentfile && git commit -qam retries
am -j2
status_is 0
is "$(git show agentmake/into/main:CHANGELOG)" "changes a b"
is "$(git show agentmake/into/main:src/f2)" b
err_has "an agent is asked to resolve it"
err_has "still hold lines that begin with <<<<<<<"
git log --format=%B agentmake/into/main | grep -q 'Agentmake-Agent: resolver' || fail "who did it"
git log --format=%s agentmake/into/main | grep -q 'Both sides' && fail "the commit with the markers is in the history"
grep -q 'Say two' ../resolver.agentmake/brief.resolver.2 || fail "the brief"

it "stops where nothing else is said, or where it conflicts too often"
repo stop
bot
conflicting stop
am -j2
status_is 4
err_has "task 'b' conflicts"

it "stops where both sides cannot stand in a file, as in a binary one"
repo binary
printf '\0orig\n' >src/bin && git add -A && git commit -qm binary
agentfile <<'END'
agent fix
    run  echo x > src/note
task a
    owns   src/a
    shares src/bin
    run    printf '\0a\n' > src/bin; echo > src/a
task b
    owns   src/note
    shares src/bin
    on-conflict fix
    run    sleep 1; printf '\0b\n' > src/bin
END
am -j2
status_is 4
err_has "task 'b' conflicts"

it "gives a resolver that failed both sides again, also for a task of commands"
repo resolverfails
cat >fix.sh <<'END'
grep -q '^<<<<<<< ' src/f1 || exit 1
[ $AGENTMAKE_ATTEMPT -ge 3 ] || exit 1
echo both >src/f1
END
git add fix.sh && git commit -qm fix
agentfile <<'END'
agent fix
    run  sh fix.sh
task a
    owns   src/a
    shares src/f1
    run    echo a > src/f1; echo a > src/a
task b
    owns   src/b
    shares src/f1
    on-conflict fix
    retries 2
    run    sleep 1; echo b > src/f1; echo b > src/b
END
am -j2
status_is 0
into_has src/f1 both
into_has src/b b

sound
