# What a fault leaves behind, and how the next run goes on. tests/faults has them one by one.
. "$E2E/lib.sh"

it "forgets nothing of the work when its tree cannot be written"
repo tree
agentfile <<'END'
task a
    owns src/new
    run  cat ../../work > src/new
    verify grep -q work src/new
END
# the folder of the objects in which the tree of src is to be: made a file
for i in 1 2 3 4 5 6 7 8 9; do
	echo "work $i" >../work
	tree=$(cp ../work src/new && git add src/new && git write-tree --prefix=src/ && git rm -qf src/new)
	object=$(printf %.2s "$tree")
	[ -e .git/objects/$object ] || break
	case $(find .git/objects/$object -type f) in *"${tree#??}") rm -r .git/objects/$object && break ;; esac
done
: >.git/objects/$object
am
status_is 1
err_has "task 'a' failed: cannot write a tree"
rm .git/objects/$object
am
status_is 0
into_has src/new work
