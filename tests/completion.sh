#!/bin/sh
# Completion in the shells themselves: bash and zsh get lines and a TAB on a terminal, fish is asked.
. "$E2E/lib.sh"
folder=$TESTS/../src/completion
export PATH="$top:$PATH" # where `agentmake` is

# every option of the program, and those of them that take a value
am --help
grep -oE '^  (-., |    )--[a-z-]+' "$top/out" | tr -d ', ' | sed 's/^\(-[^-]\)/\1\n/' | LC_ALL=C sort >"$top/options"
: >"$top/out"
[ "$(wc -l <"$top/options")" -gt 50 ] || fail "--help lists too few options"

repo work
agentfile <<'END_OF_FILE'
MODEL ?= sonnet
WITH-DASH = y
defaults
    tags every "with blank"
task api/users
    tags fast slow:er
    owns u
    run touch ran; echo {{MODEL}} "tags":["no"]
task "it's\"q\"$x": api/*
    variants one two
    choose ask
    owns v
    run touch ran
task größe
    owns w
    run touch ran
task zeta
    owns z
    run touch ran
END_OF_FILE
mkdir sub && touch sub/inner other.json
cat >sub/Other.agentfile <<'END_OF_FILE'
FAR = 1
task further
    tags away
    run touch ran
END_OF_FILE
git add -A && git commit -qm more
remember

# what a line becomes; `-` before it: in bash, as zsh and fish know what excludes what
cat >"$top/cases" <<'END_OF_FILE'
agentmake --expl=>agentmake --explain 
agentmake --junit other.=>agentmake --junit other.json 
agentmake --events=oth=>agentmake --events=other.json 
agentmake --sandbox land=>agentmake --sandbox landlock 
agentmake --sandbox=req=>agentmake --sandbox=require 
agentmake --import other.=>agentmake --import other.json 
agentmake --graph=me=>agentmake --graph=mermaid 
agentmake --dry-run=j=>agentmake --dry-run=json 
agentmake --status=te=>agentmake --status=text 
agentmake --log ze=>agentmake --log zeta 
agentmake --complete=api/u=>agentmake --complete=api/users 
agentmake --prompt=zeta --explain @fa=>agentmake --prompt=zeta --explain @fast 
agentmake --choose it=>agentmake --choose it\'s\"q\"\$x=
agentmake --choose "it's\"q\"\$x=o=>agentmake --choose "it's\"q\"\$x=one" 
agentmake ze=>agentmake zeta 
agentmake grö=>agentmake größe 
agentmake a=>agentmake api/users 
agentmake api/=>agentmake api/users 
agentmake it=>agentmake it\'s\"q\"\$x 
agentmake it\'s=>agentmake it\'s\"q\"\$x 
agentmake "it=>agentmake "it's\"q\"\$x" 
agentmake 'it=>agentmake 'it'\''s"q"$x' 
agentmake @fa=>agentmake @fast 
agentmake @slow:=>agentmake @slow:er 
agentmake @with=>agentmake @with\ blank 
agentmake --land -- ze=>agentmake --land -- zeta 
agentmake MOD=>agentmake MODEL=
agentmake MODEL=x ze=>agentmake MODEL=x zeta 
agentmake WITH-=>agentmake WITH-DASH=
agentmake -C su=>agentmake -C sub/
agentmake -C sub -f Oth=>agentmake -C sub -f Other.agentfile 
agentmake -C sub -f Other.agentfile fu=>agentmake -C sub -f Other.agentfile further 
agentmake -f sub/Other.agentfile @aw=>agentmake -f sub/Other.agentfile @away 
agentmake --file=sub/Other.agentfile FA=>agentmake --file=sub/Other.agentfile FAR=
agentmake --directory=sub --owners inn=>agentmake --directory=sub --owners inner 
agentmake -C nowhere ze=>agentmake -C nowhere ze
agentmake NONE=1 ze=>agentmake NONE=1 ze
agentmake --nothing=z=>agentmake --nothing=z
agentmake -j ze=>agentmake -j ze
agentmake --fmt=pr=>agentmake --fmt=print 
agentmake --fmt other.=>agentmake --fmt other.json 
agentmake -C sub --fmt=check Oth=>agentmake -C sub --fmt=check Other.agentfile 
END_OF_FILE
sed 's/=>agentmake.*//' "$top/cases" >"$top/lines"
sed 's/.*=>agentmake/agentmake/; s/$/|/' "$top/cases" >"$top/expected"

# typed SHELL FILE: the cases in that shell
typed() {
	python3 "$TESTS/typed.py" "$1" "$2" <"$top/lines" >"$top/got" 2>"$top/err" || fail "$1 cannot be driven"
	diff "$top/expected" "$top/got" >"$top/diff" || fail "$1 completes otherwise: $(cat "$top/diff")"
}

has() {
	command -v "$1" >/dev/null && return
	echo "NOT TRIED: there is no $1 here, so its completion was not looked at"
	return 1
}

it "completes in bash"
if has bash; then
	typed bash "$folder/agentmake.bash"
	bash --norc -c '. "$1"; complete -p agentmake' - "$folder/agentmake.bash" >"$top/got"
	is "$(cat "$top/got")" "complete -F _agentmake agentmake"
	bash --norc -c '. "$1"; COMP_LINE="agentmake -" COMP_POINT=11; _agentmake agentmake - agentmake
		printf "%s\n" "${COMPREPLY[@]}"' - "$folder/agentmake.bash" | grep -v '=$' | LC_ALL=C sort >"$top/got"
	diff "$top/options" "$top/got" >"$top/diff" || fail "options differ: $(cat "$top/diff")"
fi

it "completes in zsh"
if has zsh; then
	typed zsh "$folder/_agentmake"
	printf '?agentmake --\n' | python3 "$TESTS/typed.py" zsh "$folder/_agentmake" | grep '^--' | LC_ALL=C sort >"$top/got"
	grep '^--' "$top/options" | diff - "$top/got" >"$top/diff" || fail "options differ: $(cat "$top/diff")"
	printf '?agentmake -\n' | python3 "$TESTS/typed.py" zsh "$folder/_agentmake" | grep '^-.$' | LC_ALL=C sort >"$top/got"
	grep '^-.$' "$top/options" | diff - "$top/got" >"$top/diff" || fail "letters differ: $(cat "$top/diff")"
fi

# fish LINE: what fish would offer, without its descriptions
offered() {
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$folder/agentmake.fish" "$1" 2>&1 | sed 's/	.*//'
}

it "completes in fish"
if has fish; then
	offered 'agentmake -' >"$top/short"
	offered 'agentmake --' >"$top/long"
	grep -h '^-' "$top/short" "$top/long" | grep -v '=.' | sed 's/=$//' | LC_ALL=C sort -u >"$top/got"
	diff "$top/options" "$top/got" >"$top/diff" || fail "options differ: $(cat "$top/diff")"
	is "$(offered 'agentmake --l' | tr '\n' ' ')" "--land --log "
	is "$(offered 'agentmake --graph=' | sort | tr '\n' ' ')" "--graph=dot --graph=json --graph=mermaid "
	is "$(offered 'agentmake --sandbox ' | sort | tr '\n' ' ')" "auto bwrap landlock off require "
	is "$(offered 'agentmake --choose it')" "it's\"q\"\$x=one
it's\"q\"\$x=two"
	is "$(offered 'agentmake "it')" "it's\"q\"\$x"
	is "$(offered 'agentmake @' | sort | tr '\n' ' ')" "@every @fast @slow:er @with blank "
	is "$(offered 'agentmake MOD')" "MODEL="
	is "$(offered 'agentmake --log=ze')" "--log=zeta"
	is "$(offered 'agentmake -C sub -f Other.agentfile ' | sort | tr '\n' ' ')" "@away FAR= further "
	is "$(offered 'agentmake -C sub -f Oth')" "Other.agentfile"
	is "$(offered 'agentmake --junit oth')" "other.json"
	is "$(offered 'agentmake --fmt=' | sort | tr '\n' ' ')" "--fmt=check --fmt=print "
	is "$(offered 'agentmake --fmt=check oth')" "other.json"
	is "$(offered 'agentmake -C nowhere ze')" ""
	is "$(fish --no-config -c 'source $argv[1]; complete -C "agentmake ze"' "$folder/agentmake.fish")" "zeta	touch ran"
fi

it "says nothing where something is wrong, and runs nothing"
cd "$top/work" || exit 1
is_untouched
[ ! -e "$top/work/ran" ] || fail "a task was run"
mkdir "$top/nothing" && cd "$top/nothing" || exit 1
if has bash; then
	printf 'agentmake ze\nagentmake --la\n' | python3 "$TESTS/typed.py" bash "$folder/agentmake.bash" >"$top/got"
	is "$(cat "$top/got")" "agentmake ze|
agentmake --land |"
fi
