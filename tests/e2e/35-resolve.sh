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
