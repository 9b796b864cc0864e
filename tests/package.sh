#!/bin/sh
# What others install from: `make dist`, and `make deb` from what that made, where there is neither git nor
# pkg-config. The package is not installed, but unpacked, and looked at as Debian would.
. "$E2E/lib.sh"
unset SANITIZE STATIC WERROR T V B BIN CFLAGS LDFLAGS DESTDIR PREFIX SOURCE_DATE_EPOCH DEBEMAIL DEBFULLNAME
export GIT_CONFIG_GLOBAL=/dev/null

# the files of the sources as they are now, committed in a repository of their own
mkdir sources
(cd "$TESTS/.." && if [ -e .git ]; then git ls-files -z; else find . -path ./build -prune -o -path ./agentmake -prune -o -type f -print0; fi |
	xargs -0 tar -cf - --) | tar -xf - -C sources || fail "the sources cannot be copied"
cd sources && git init -q -b main . && git config user.name "A Packager" && git config user.email packager@example.com
# (in what `make dist` made the commit is written down already: as it is in a checkout)
printf '$Format:%%H %%ct %%an <%%ae>$\n' >src/package/commit
git add -A && git commit -qm 'the sources' || fail "the sources cannot be committed"
hash=$(git rev-parse HEAD | cut -c 1-10)
version=$(sed -n 's/^VERSION := //p' GNUmakefile)

# do_make WORD…: in the folder where we are
do_make() {
	make --no-print-directory "$@" >"$top/out" 2>"$top/err" || fail "make $*"
}

it "packs the sources of HEAD, the same bytes each time"
do_make dist
is "$(cat "$top/out")" "build/agentmake-$version.tar.gz"
cp "build/agentmake-$version.tar.gz" "$top/first.tar.gz"
sleep 1
echo changed >>README.md
do_make dist
err_has "what is not committed is left out: 1 files"
cmp -s "build/agentmake-$version.tar.gz" "$top/first.tar.gz" || fail "the bytes differ"
git ls-files | LC_ALL=C sort >"$top/said"
tar -tzf "$top/first.tar.gz" | sed -n "s|^agentmake-$version/\(.*[^/]\)\$|\1|p" | LC_ALL=C sort >"$top/packed"
diff "$top/said" "$top/packed" >"$top/diff" || fail "not the files of HEAD: $(cat "$top/diff")"

it "knows its commit, and what was changed since"
is "$(src/package/commit.sh)" "$(git log -1 --format='%H+ %ct %an <%ae>')"
git checkout -q README.md
is "$(src/package/commit.sh)" "$(git log -1 --format='%H %ct %an <%ae>')"
mkdir "$top/a folder" && tar -xzf "$top/first.tar.gz" -C "$top/a folder" && cd "$top/a folder/agentmake-$version" || exit 1
is "$(src/package/commit.sh)" "$(git -C "$top/sources" log -1 --format='%H %ct %an <%ae>')"

it "writes that down only where it changed"
sh src/package/version.sh 1.2.3 "$top/version.h"
touch -d '2001-01-01' "$top/version.h"
sh src/package/version.sh 1.2.3 "$top/version.h"
is "$(stat -c %Y "$top/version.h")" "$(date -d 2001-01-01 +%s)" "written again"
grep -q "\"$hash\"" "$top/version.h" || fail "$(cat "$top/version.h")"

it "finds libraries with pkg-config and without, and says what is missing"
for tool in pkg-config ''; do
	words=$(PKG_CONFIG=$tool sh src/package/libs.sh libgit2 libuv libpcre2-8 jansson)
	for word in -lgit2 -luv -lpcre2-8 -ljansson; do
		case " $words " in *" $word "*) ;; *) fail "with '$tool': $word is not in: $words" ;; esac
	done
	is "$(PKG_CONFIG=$tool sh src/package/libs.sh libnowhere jansson 2>&1 | tr -d ' ')" libnowhere
done
if make LIBS='libnowhere jansson' PKG_CONFIG= >"$top/out" 2>"$top/err"; then fail "it builds without libnowhere"; fi
err_has "the compiler finds no: libnowhere"

if ! command -v dpkg-deb >/dev/null; then
	echo "NOT TRIED: there is no dpkg-deb here, so no package was built"
	exit 0
fi

it "makes a package without git and pkg-config"
package=build/agentmake_${version}_$(dpkg --print-architecture).deb
do_make -j2 deb PKG_CONFIG=
is "$(tail -n 1 "$top/out")" "$package"
is "$(ls | tr '\n' ' ')" "GNUmakefile LICENSE README.md build examples grammar src tests vim "
cp "$package" "$top/first.deb"

it "makes the same bytes again, later and from a checkout"
sleep 1
find . -name '*.1' -exec touch {} +
umask 077
do_make deb PKG_CONFIG=
umask 022
cmp -s "$package" "$top/first.deb" || fail "the bytes differ"
cp -R build "$top/sources" # what was compiled does not say where
(cd "$top/sources" && touch build/deb/build/version.h && find build -name '*.o' -exec touch {} + && do_make deb) || exit 1
cmp -s "$top/sources/$package" "$top/first.deb" || fail "the bytes from a checkout differ"

it "says of itself what Debian needs to know"
field() {
	dpkg-deb -f "$top/first.deb" "$1"
}
is "$(field Package) $(field Version)" "agentmake $version"
is "$(field Maintainer)" "A Packager <packager@example.com>"
is "$(field Recommends)" bubblewrap
for name in libc6 libgit2 libjansson libpcre2 libuv1; do
	field Depends | grep -q "\b$name" || fail "Depends lacks $name: $(field Depends)"
done
field Depends | grep -qE '(^|, )git(,|$)' || fail "Depends lacks git"

it "holds what make install installs, at Debian's places"
mkdir "$top/root" && dpkg-deb -x "$top/first.deb" "$top/root"
do_make install BIN=build/deb/build/agentmake B=build/deb/build PKG_CONFIG= DESTDIR="$top/installed" PREFIX=/usr
(cd "$top/installed" && find usr -type f) | sed 's|zsh/site-functions|zsh/vendor-completions|
	s|vim/vimfiles|&/pack/agentmake/start/agentmake|; s|/man/.*|&.gz|' | LC_ALL=C sort >"$top/said"
[ "$(wc -l <"$top/said")" -gt 12 ] || fail "too few files are installed"
(cd "$top/root" && find usr -type f) | grep -v '^usr/share/doc/\|^usr/share/lintian/' | LC_ALL=C sort >"$top/packed"
diff "$top/said" "$top/packed" >"$top/diff" || fail "not what is installed: $(cat "$top/diff")"
(cd "$top/root/usr/share/doc/agentmake" && ls | tr '\n' ' ') | grep -q 'README.md changelog.gz copyright examples' || fail "its documents"
(cd "$top/root" && dpkg-deb -e "$top/first.deb" "$top/control" && md5sum --quiet -c "$top/control/md5sums") || fail "its md5sums"
dpkg-deb -c "$top/first.deb" | grep -v ' root/root ' && fail "files that are not root's"
dpkg-deb -c "$top/first.deb" | grep -vE '^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx) ' && fail "modes"

it "can be run, and says what it was built from"
"$top/root/usr/bin/agentmake" --version >"$top/out" || fail "--version"
is "$(head -n 1 "$top/out")" "agentmake $version ($hash)"
agentmake=$AGENTMAKE AGENTMAKE=$top/root/usr/bin/agentmake
repo work
agentfile <<'END_OF_FILE'
task a
    owns a
    run echo done >a
END_OF_FILE
am --yes
status_is 0
into_has a done
AGENTMAKE=$agentmake

share=$top/root/usr/share
it "has manuals and completions where they are looked for"
if command -v man >/dev/null; then
	is "$(man -M "$share/man" -w agentmake)" "$share/man/man1/agentmake.1.gz"
	is "$(man -M "$share/man" -w 5 Agentfile)" "$share/man/man5/Agentfile.5.gz"
else
	echo "NOT TRIED: there is no man here, so the manuals were not looked for"
fi
bash -c '. "$1" && complete -p agentmake' - "$share/bash-completion/completions/agentmake" >"$top/out" || fail "bash"
if command -v fish >/dev/null; then
	PATH="$top/root/usr/bin:$PATH" XDG_DATA_DIRS=$share fish -c 'complete -C "agentmake --expl"' >"$top/out" 2>"$top/err"
	out_has "--explain"
fi

it "has vim files where Vim and Neovim find them by themselves"
printf 'redir! > %s\nset filetype?\necho exists(":Agentmake")\nhelp agentmake\nredir END\nqa!\n' "$top/editor" >"$top/ask.vim"
edited() {
	is "$(tr -s '\n ' ' ' <"$top/editor" | cut -d ' ' -f 1-3)" " filetype=agentfile 2" "$1"
	grep -q E149 "$top/editor" && fail "$1 has no help"
	rm "$top/editor"
}
if command -v vim >/dev/null && vim --version | grep -q '+eval'; then
	vim -u NONE -N --not-a-term --cmd "set packpath=$share/vim/vimfiles" --cmd 'filetype plugin on | packloadall' \
		-S "$top/ask.vim" "$top/work/Agentfile" >/dev/null 2>&1 </dev/null
	edited vim
fi
if command -v nvim >/dev/null; then
	XDG_DATA_DIRS=$share nvim --headless -i NONE -S "$top/ask.vim" "$top/work/Agentfile" >/dev/null 2>&1 </dev/null
	edited nvim
fi
sound
