# A stand-in for a reviewing agent: the brief has its role, the task, and the change as a diff. Its last
# line is what counts.
brief=$(cat)
case $brief in
"You review changes"*) ;;
*) echo "Nobody told me who I am."; exit 1 ;;
esac
if printf '%s\n' "$brief" | grep -q '^+# send_text'; then
	echo "The change leaves the call of send_text as a comment: delete the old call."
	echo "VERDICT: REJECT"
else
	echo "It does what was asked, and no more."
	echo "VERDICT: APPROVE"
fi
