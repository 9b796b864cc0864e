# --fmt: what it writes, what it leaves alone, what it says.
. "$E2E/lib.sh"

messy='jobs   2
task a
  owns x # its own
  prompt
     Do it.

       Keep  this.
  verify make   
'
neat='jobs 2

task a
    owns    x  # its own
    prompt
        Do it.

          Keep  this.
    verify  make
'

# the file as it was written, with a time that is long ago
messy() {
	printf '%s' "$messy" >"$1"
	touch -t 200001010000 "$1"
}

# is_neat FILE, is_messy FILE: it was formatted; nobody has touched it
is_neat() {
	printf '%s' "$neat" | cmp - "$1" >/dev/null || fail "$1 is not formatted: $(cat "$1")"
}

is_messy() {
	printf '%s' "$messy" | cmp - "$1" >/dev/null || fail "$1 was changed: $(cat "$1")"
	[ -z "$(find "$1" -newermt 2001-01-01)" ] || fail "$1 was touched"
}

# nothing else is left in the folder
only() {
	is "$(ls -A | tr '\n' ' ')" "$*"
}

it "formats the Agentfile here, where there is no repository, and leaves one that is formatted"
mkdir plain && cd plain || exit 1
messy Agentfile
am --fmt
status_is 0
is "$(cat "$top/err")" "agentmake: Agentfile: formatted"
is "$(cat "$top/out")" ""
is_neat Agentfile
touch -t 200001010000 Agentfile
am --fmt
status_is 0
is "$(cat "$top/err")" "agentmake: Agentfile: already formatted"
[ -z "$(find Agentfile -newermt 2001-01-01)" ] || fail "it was touched"
messy Agentfile
am --fmt -s
status_is 0
is "$(cat "$top/err")" ""
is_neat Agentfile
only "Agentfile "

it "says where there is no Agentfile"
rm Agentfile
am --fmt
status_is 2
err_has "there is no 'Agentfile' here or at a repository's root; name the files to be formatted"

it "formats the one at the root of the repository"
repo root
messy Agentfile
mkdir -p deep/er && cd deep/er || exit 1
am --fmt
status_is 0
err_has "../../Agentfile: formatted"
is_neat ../../Agentfile

it "needs nothing but right syntax: names, agents and files need not be there"
cd "$top/plain" || exit 1
printf 'include  nowhere\ntask a: nobody\n  agent nobody\n  prompt {{NOTHING}} @nowhere\n' >Agentfile
am --fmt
status_is 0
is "$(cat Agentfile)" "include nowhere

task a: nobody
    agent   nobody
    prompt  {{NOTHING}} @nowhere"

it "says what is wrong with the syntax, and leaves the file alone"
printf 'task a\n  own x\ntask\n' >Agentfile
cp Agentfile ../copy
am --fmt
status_is 2
err_has "Agentfile:2:3: error: unknown property 'own'; did you mean 'owns'?"
err_has "Agentfile:3:5: error: 'task' needs a name"
cmp -s Agentfile ../copy || fail "it was changed"
printf 'task \377\n' >Agentfile
am --fmt=print
status_is 2
err_has "this is not UTF-8"
is "$(cat "$top/out")" ""

it "formats each file that is named, also where another is wrong"
messy one.agentfile
messy two.agentfile
printf 'task\n' >three.agentfile
am --fmt one.agentfile three.agentfile nowhere.agentfile two.agentfile
status_is 2
is_neat one.agentfile
is_neat two.agentfile
err_has "one.agentfile: formatted"
err_has "three.agentfile:1:5: error"
err_has "cannot open 'nowhere.agentfile': No such file or directory"
err_has "two.agentfile: formatted"
rm -- *.agentfile
messy other
am -C .. --fmt -f plain/other
status_is 0
is_neat other
am --fmt -f other other
status_is 2
err_has "'--fmt' takes either '-f other' or 'other'"
am --fmt A=1
status_is 2
err_has "'--fmt' replaces no variables"
am --fmt=all
status_is 2
err_has "'--fmt=all': it is one of check, print"
rm other

it "keeps the mode, and follows symbolic links"
mkdir to
messy to/file
chmod 751 to/file
ln -s to/file link
ln -s link Agentfile.link
am --fmt Agentfile.link
status_is 0
is_neat to/file
is "$(stat -c %a to/file)" 751
is "$(readlink Agentfile.link) $(readlink link)" "link to/file"
is "$(ls to)" file
messy to/file
ln to/file hard
am --fmt to/file
is_neat to/file
is_messy hard
rm -r to link Agentfile.link hard

it "takes what is no file for none"
mkdir folder
am --fmt folder
status_is 2
err_has "cannot read 'folder': Is a directory"
ln -s nowhere dangling
am --fmt dangling
status_is 2
err_has "cannot open 'dangling': No such file or directory"
rm -r folder dangling

it "prints what it would write"
messy Agentfile
am --fmt=print
status_is 0
is_neat "$top/out"
is_messy Agentfile
is "$(cat "$top/err")" ""

it "formats standard input"
for arguments in "-f -" "-" "=print -"; do
	case $arguments in
	=*) set -- "--fmt${arguments% *}" - ;;
	*) set -- --fmt $arguments ;;
	esac
	printf '%s' "$messy" | "$AGENTMAKE" "$@" >"$top/out" 2>"$top/err" || fail "status $?"
	is_neat "$top/out"
	is "$(cat "$top/err")" ""
done
printf 'task\n' | "$AGENTMAKE" --fmt - >"$top/out" 2>"$top/err"
is "$?" 2
err_has "<stdin>:1:5: error: 'task' needs a name"
is "$(cat "$top/out")" ""
(sleep 0.3; printf '%s' "$messy") | "$AGENTMAKE" --fmt=check - >"$top/out" 2>"$top/err"
is "$?" 1
is "$(cat "$top/err")" "<stdin>:1:8: error: this line is expected: 'jobs 2'
jobs   2
       ^"

it "checks, and says which place is the first"
am --fmt=check
status_is 1
is_messy Agentfile
is "$(cat "$top/out")" ""
is "$(cat "$top/err")" "Agentfile:1:8: error: this line is expected: 'jobs 2'
jobs   2
       ^
agentmake: note: 'agentmake --fmt Agentfile' formats it"
am --fmt
am --fmt=check
status_is 0
is "$(cat "$top/out" "$top/err")" ""
messy other
am --fmt=check Agentfile other
status_is 1
err_lacks "Agentfile:"
err_has "other:1:8: error"
printf 'task\n' >wrong
am --fmt=check wrong other
status_is 2
is_messy other
rm other wrong

# first TEXT PLACE MESSAGE: the place that is named first
first() {
	printf "$1" >Agentfile
	am --fmt=check
	status_is 1
	is "$(head -n 1 "$top/err")" "Agentfile:$2: error: $3"
	am --fmt
	am --fmt=check
	status_is 0
}

it "says in words what is not to be seen"
first '\357\273\277jobs 2\n' 1:1 "no byte order mark is expected here"
first 'jobs 2\r\n' 1:7 "lines are expected to end in LF, not in CR LF"
first 'jobs 2 \t\n' 1:7 "no blanks are expected at the end of the line"
first 'jobs 2\n\n\nbase x\n' 3:1 "no empty line is expected here"
first 'jobs 2' 1:7 "the last line is expected to end in a newline"
first 'jobs 2\n\n' 2:1 "no empty line is expected here"
first 'jobs 2\ntask a\n    tags  x\n' 2:1 "an empty line is expected before this one"
first 'task a\n\n    tags  x\n' 2:1 "no empty line is expected here"
first 'task a\n\ttags  x\n' 2:9 "this line is expected: '    tags  x'"
first 'task a\n    tags  x  y\n' 2:14 "this line is expected: '    tags  x y'"
first 'task a\n    tags  "\303\251"  y\n' 2:16 "this line is expected: '    tags  \"é\" y'"

it "shows what cannot be done, and loses nothing"
messy Agentfile
"$AGENTMAKE" --fmt=print >/dev/full 2>"$top/err"
is "$?" 2
err_has "cannot write to standard output: No space left on device"
is_messy Agentfile
if [ "$(id -u)" != 0 ]; then
	chmod 444 Agentfile
	am --fmt
	status_is 2
	err_has "cannot write 'Agentfile': Permission denied"
	chmod 644 Agentfile
	chmod 555 .
	am --fmt
	status_is 2
	err_has "cannot make '$(realpath Agentfile)."
	chmod 755 .
	is_messy Agentfile
	chmod 000 Agentfile
	am --fmt
	status_is 2
	err_has "cannot open 'Agentfile': Permission denied"
	chmod 644 Agentfile
fi
is_messy Agentfile
only "Agentfile "

# in mount namespaces of our own; as root without one
cat >"$top/disk.sh" <<'END'
disk=$1
mount -t tmpfs -o size=256k tmpfs "$disk" || exit 77
cd "$disk" && cp "$2" Agentfile && cp Agentfile ../before || exit 1
cat /dev/zero >fill 2>/dev/null
"$AGENTMAKE" --fmt 2>../err1
echo $? >../status1
cmp Agentfile ../before || exit 1
ls -A | tr '\n' ' ' >../left1
rm fill
mount -o remount,ro "$disk" || exit 77
"$AGENTMAKE" --fmt 2>../err2
echo $? >../status2
cmp Agentfile ../before
END
cd "$top" && mkdir disk && export AGENTMAKE || exit 1
{ printf '%s' "$messy"; for i in $(seq 4000); do echo "# a comment, so that the file is a large one: $i"; done; } >large
if [ "$(id -u)" = 0 ]; then
	unshare -m sh "$top/disk.sh" "$top/disk" "$top/large" >"$top/out" 2>&1
else
	unshare -Urm sh "$top/disk.sh" "$top/disk" "$top/large" >"$top/out" 2>&1
fi
status=$?
if [ -e "$top/status1" ] && [ "$status" != 77 ]; then
	it "leaves the file as it is where the disk is full, or cannot be written"
	is "$status" 0
	is "$(cat status1 status2 | tr '\n' ' ')" "2 2 "
	grep -q "cannot write .*: No space left on device" err1 || fail "$(cat err1)"
	is "$(cat left1)" "Agentfile fill "
	grep -q "cannot write 'Agentfile': Read-only file system" err2 || fail "$(cat err2)"
else
	echo "NOT TRIED: no file system can be mounted here: --fmt on a full disk"
fi

if [ "$(id -u)" = 0 ]; then
	it "leaves a file to its owner"
	cd "$top/plain" || exit 1
	messy Agentfile
	chown 1234:2345 Agentfile
	am --fmt
	status_is 0
	is_neat Agentfile
	is "$(stat -c %u:%g Agentfile)" 1234:2345
fi
