# The corpus: each corpus/NAME.agentfile is looked at in a scratch repository (its files are those of
# corpus/files), and what is said about it is compared, byte for byte, with the golden beside it:
#
#   NAME.err     what --check prints on standard error; the status is 2 where that holds an error
#   NAME.plan    what --graph=json prints, and nothing on standard error
#   NAME.prompt  beside a .plan: the task's text and commands in what `--prompt shown` prints
#   NAME.fmt     what --fmt=print prints
#
# Where there is a .plan, the file that --fmt makes of it has the same one.
#
# usage: AGENTMAKE=PROGRAM TESTS=FOLDER sh corpus.sh [NAME…], in an empty folder. With UPDATE=1 the
# goldens are written instead, as .plan where there is nothing to say about a new case.
set -u
unset MAKEFLAGS MAKELEVEL MFLAGS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE XDG_CONFIG_HOME
: "${AGENTMAKE:?is the path of the program}" "${TESTS:?is the path of tests/}"
case $AGENTMAKE in /*) ;; *) AGENTMAKE=$PWD/$AGENTMAKE ;; esac
corpus=$(cd "$TESTS/corpus" && pwd) || exit 1
top=$PWD lanes=4
export HOME="$top/home" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 TERM=dumb
mkdir "$top/home" "$top/got" || exit 1

git init -q -b main repo && cd repo || exit 1
git config user.name Tester && git config user.email tester@example.com
cp -R "$corpus/files/." . && git add -A && git commit -qm 'the files' || exit 1
cd "$top" || exit 1

wrong() {
	echo "$*" >>"$top/wrong"
}

# prompt NAME FILE: the text and commands of the task `shown`, where there is a golden for them
prompt() {
	[ -e "$corpus/$1.prompt" ] || return
	"$AGENTMAKE" --prompt shown >"$out" 2>&1 </dev/null || wrong "$1: --prompt ends with status $?"
	sed '/^## Files$/,/^```sh$/d; /^## Finishing$/,$d' "$out" >"$2"
}

# one NAME: what agentmake says about it, into got
one() {
	cp "$corpus/$1.agentfile" Agentfile || exit 1
	if [ -e "$corpus/$1.fmt" ]; then
		"$AGENTMAKE" --fmt=print >"$got/$1.fmt" 2>"$err" </dev/null || wrong "$1: --fmt ends with status $?"
	fi
	if [ ! -e "$corpus/$1.plan" ]; then
		"$AGENTMAKE" --check >"$out" 2>"$got/$1.err" </dev/null
		status=$?
		! grep -qv '^sandbox: ' "$out" || wrong "$1: --check prints on standard output"
		case $status in
		0) ;;
		2) echo "$1" >>"$top/refused" ;;
		*) wrong "$1: --check ends with status $status" ;;
		esac
		[ -e "$corpus/$1.err" ] && return
		[ "${UPDATE-}" = 1 ] || wrong "$1: there is no golden; make one with UPDATE=1"
		[ -s "$got/$1.err" ] && return
		rm "$got/$1.err"
	fi
	"$AGENTMAKE" --graph=json >"$got/$1.plan" 2>"$err" </dev/null || wrong "$1: --graph ends with status $?"
	[ ! -s "$err" ] || wrong "$1: $(cat "$err")"
	prompt "$1" "$got/$1.prompt"
	"$AGENTMAKE" --fmt >"$out" 2>&1 </dev/null || wrong "$1: --fmt ends with status $?"
	"$AGENTMAKE" --graph=json >"$out" 2>&1 </dev/null
	cmp -s "$out" "$got/$1.plan" || wrong "$1: --fmt changes the plan"
	prompt "$1" "$err"
	[ ! -e "$corpus/$1.prompt" ] || cmp -s "$err" "$got/$1.prompt" || wrong "$1: --fmt changes the prompt"
}

# lane N NAME…: every fourth, from the Nth, in a repository of its own
lane() {
	out=$top/out$1 err=$top/err$1 got=$top/got n=$1
	shift
	cp -R "$top/repo" "$top/repo$n" && cd "$top/repo$n" || exit 1
	for name; do
		[ $((n % lanes)) != 0 ] || one "$name"
		n=$((n + 1))
	done
}

if [ $# = 0 ]; then
	for file in "$corpus"/*.agentfile; do
		file=${file##*/}
		set -- "$@" "${file%.agentfile}"
	done
fi
i=0
while [ $i -lt $lanes ]; do
	lane $i "$@" &
	i=$((i + 1))
done
wait

cd "$top/got" || exit 1
[ "$(ls | grep -c '\.err$\|\.plan$')" = $# ] || wrong "not each of the $# cases was looked at"

# refused is what has an error, and nothing else
sort ../refused >../sorted 2>/dev/null
grep -lE '^[^ ]+: error: ' -- *.err 2>/dev/null | sed 's/\.err$//' | sort >../errors
cmp -s ../errors ../sorted || wrong "status 2, but no error, or the other way:
$(diff ../errors ../sorted)"

if [ "${UPDATE-}" = 1 ]; then
	for file in *; do
		cmp -s "$file" "$corpus/$file" || cp "$file" "$corpus/$file"
	done
elif cksum -- * >../sums; (cd "$corpus" && cksum -- $(ls "$top/got")) 2>/dev/null | cmp -s ../sums -; then
	: # all at once is quicker than one by one
else
	for file in *; do
		[ ! -e "$file" ] || cmp -s "$corpus/$file" "$file" && continue
		wrong "$file differs
$(diff -u "$corpus/$file" "$file" 2>&1 | head -n 40)"
	done
fi
if [ -e ../wrong ]; then
	cat ../wrong
	echo "$(grep -c ' differs$' ../wrong) goldens of $# cases differ"
	exit 1
fi
echo "$# cases"
