#!/bin/sh
# The files for Vim and Neovim, in each of the two that is installed, without a screen: tests/vim/check.vim.
. "$E2E/lib.sh"
with_sandbox
export VIMFILES="$TESTS/../vim" TESTS REPO="$top/repo" DOC="$top/runtime/doc" CHECK WRONG="$top/wrong"

it "prepares what is looked at"
repo repo
printf 'wrong 1\n' >more.agentfile
printf 'include more.agentfile\ntsk b\ntask a\n\towns src/f1\n\tverfy true\n\tretries many\ntask a\n' >Agentfile
cat >good.agentfile <<'END'
task one
    tags  quick
    owns  one
    run   echo 1 >one

for X in x y
    task only-{{X}}
        tags
            slow quick                   # comment
        owns  {{X}}
        run   echo 1 >{{X}}
END
git add -A && git commit -qm 'the Agentfiles'
mkdir -p "$top/bin" && ln -s "$AGENTMAKE" "$top/bin/agentmake"
PATH=$top/bin:$PATH
export PATH

# check_with EDITOR CHECK…
check_with() {
	program=$1
	shift
	for CHECK in "$@"; do
		it "does '$CHECK' in $program"
		rm -rf "$top/at" "$WRONG" && mkdir -p "$top/at/indented" && cd "$top/at" || exit 1
		case $program in
		vim) set -- vim -es ;;
		*) set -- nvim --headless ;;
		esac
		timeout 100 "$@" -u NONE -i NONE -S "$TESTS/vim/check.vim" >"$top/out" 2>"$top/err" </dev/null
		[ "$(tail -n 1 "$WRONG" 2>/dev/null)" = done ] || fail "it did not come to its end"
		[ "$(wc -l <"$WRONG")" = 1 ] || fail "$(sed '$d' "$WRONG" | head -n 12)"
	done
}

mkdir -p "$DOC" && cp "$VIMFILES/doc/agentmake.txt" "$DOC" || fail "there is no help"
checks=$(sed -n 's/^function! Check_\([a-z_]*\)().*/\1/p' "$TESTS/vim/check.vim")
[ "$(echo "$checks" | wc -l)" -gt 15 ] || fail "too few checks"

it "is installed, with tags for the help, and taken away again"
install() {
	make -s -C "$TESTS/.." -o "$AGENTMAKE" BIN="$AGENTMAKE" PREFIX="$top/usr" "$1" >"$top/out" 2>&1 || fail "make $1"
}
install install
is "$(cd "$VIMFILES" && find . -name '*.vim' | sort)" "$(cd "$top/usr/share/vim/vimfiles" && find . -name '*.vim' | sort)"
cmp -s "$VIMFILES/doc/agentmake.txt" "$top/usr/share/vim/vimfiles/doc/agentmake.txt" || fail "the help is not there"
grep -q '^:Agentmake	agentmake.txt	' "$top/usr/share/vim/vimfiles/doc/tags" || fail "the help has no tags"
printf '*another*\n' >"$top/usr/share/vim/vimfiles/doc/another.txt"
install install
install uninstall
is "$(cd "$top/usr" && find . -type f | sort | tr '\n' ' ')" "./share/vim/vimfiles/doc/another.txt ./share/vim/vimfiles/doc/tags "
is "$(cat "$top/usr/share/vim/vimfiles/doc/tags")" "another	another.txt	/*another*"
rm "$top/usr/share/vim/vimfiles/doc/another.txt"
install uninstall
is "$(find "$top/usr" -type f)" ""

for editor in vim nvim; do
	case $editor in
	vim) package=vim; vim --version 2>/dev/null | grep -q '+eval' && vim --version | grep -q '+syntax' ;;
	nvim) package=neovim; nvim --version >/dev/null 2>&1 ;;
	esac || { echo "NOT TRIED: there is no $editor with scripts and syntax here; its package is $package" >&2; continue; }
	check_with $editor $checks

	it "knows an Agentfile with the settings that the README and the help show, in $editor"
	for document in "$TESTS/../README.md" "$VIMFILES/doc/agentmake.txt"; do
		sed -n '/^ *set runtimepath^=/,/^ *syntax on/p' "$document" | sed "s|/usr/local/share/vim/vimfiles|$VIMFILES|" >"$top/vimrc"
		$editor -es -u "$top/vimrc" -i NONE "$REPO/Agentfile" -c "call writefile([&filetype, &syntax], '$top/types')" -c 'qa!' \
			>"$top/out" 2>"$top/err" </dev/null
		is "$(cat "$top/types")" "$(printf 'agentfile\nagentfile')" "${document##*/}"
		rm "$top/types"
	done

	it "leaves what an Agentfile means as it is where it is indented, in $editor"
	rm -rf "$top/corpus" "$top/indented" && cp -R "$top/at" "$top/corpus"
	CHECK=indent_corpus
	check_with $editor indent_corpus
	cd "$top" && rm -rf meant && git init -q -b main meant && cd meant && cp -R "$TESTS/corpus/files/." . || exit 1
	git add -A && git -c user.name=T -c user.email=t@example.com commit -qm 'the files'
	for file in "$top/at/indented"/*.agentfile; do
		name=${file##*/} name=${name%.agentfile}
		cp "$file" Agentfile
		am --graph=json
		cmp -s "$top/out" "$TESTS/corpus/$name.plan" || fail "$name is another one now"
	done
done
