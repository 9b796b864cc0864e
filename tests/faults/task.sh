# What each task of the Agentfile does. First a draft is written, which is never the same twice; what
# was written and not taken back, as $LEDGER has it, must be found after whatever happened:
#
#	+ DRAFT   it was written
#	- DRAFT   the task itself takes it back
#	c COMMIT  it was committed
t=$AGENTMAKE_TASK
file=src/$t
read -r up idle </proc/uptime

if [ -e "$file" ]; then # what an attempt before this one left
	read -r word draft rest <"$file"
	[ "$word" = draft ] && echo "- $draft" >>"$LEDGER"
fi
draft=$t-$$-$up
echo "draft $draft" >"$file" || exit 1
echo "+ $draft" >>"$LEDGER"
committed=
if [ $t = a ] && git add "$file" && git commit -qm "draft of $t $draft"; then # Landlock lets no git write
	echo "c $(git rev-parse HEAD)" >>"$LEDGER"
	committed=yes
	# it tries something else, and gives it up; without a sandbox that would go to the user's branches
	if [ $AGENTMAKE_SANDBOX = bwrap ] && git checkout -q -b "side-$$" && git commit -q --allow-empty -m side; then
		echo "c $(git rev-parse HEAD)" >>"$LEDGER"
		git checkout -q --detach HEAD~1
	fi
fi
if [ $t = c ] && [ "$AGENTMAKE_ATTEMPT" = 1 ]; then
	exit 0
fi
if [ $t = a ] || [ $t = b ]; then
	echo $t >>list && sort -u -o list list
fi
[ $committed ] || echo "- $draft" >>"$LEDGER"
echo "the end of $t" >"$file" || exit 1
