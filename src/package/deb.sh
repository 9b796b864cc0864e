#!/bin/sh
# `make deb`: build/agentmake_VERSION_ARCH.deb, for the Debian (Ubuntu, …) on which it is made; not as root, and
# the same bytes each time from the same commit. It is what `make install` installs, at Debian's places.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v dpkg-deb >/dev/null; then
	echo "make deb: there is no dpkg-deb here, which packs it (Debian's package dpkg); 'make install' needs none" >&2
	exit 1
fi
line=$(src/package/commit.sh)
rest=${line#* }
time=${rest%% *} author=${rest#* }
# without a commit, the newest of the files; everything in the package is of this time
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-${time:-$(find GNUmakefile src vim -type f -exec stat -c %Y {} + | sort -n | tail -n 1)}}
export SOURCE_DATE_EPOCH
[ -z "${DEBEMAIL:-}" ] || author="${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>"
maintainer=${author:-The agentmake authors <root@localhost>}
arch=$(dpkg --print-architecture)
work=build/deb
root=$work/root

# as Debian compiles, hardened; but without what names the folder that this is in
flags() {
	DEB_BUILD_MAINT_OPTIONS=reproducible=-fixfilepath,-fixdebugpath dpkg-buildflags --get "$1" 2>/dev/null || true
}
rm -rf "$root" "$work/debian"
mkdir -p "$root" "$work/debian"
umask 022
out=$work/build${STATIC:+-static}
$MAKE --no-print-directory -s install B="$out" BIN="$out/agentmake" WERROR= SANITIZE= \
	CFLAGS="$(flags CPPFLAGS) $(flags CFLAGS) -O2 -g0" LDFLAGS="$(flags LDFLAGS)" \
	DESTDIR="$root" PREFIX=/usr ZSH_DIR=zsh/vendor-completions \
	VIM_DIR=vim/vimfiles/pack/agentmake/start/agentmake >/dev/null

# Vim finds its packages there; Neovim looks elsewhere
mkdir -p "$root/usr/share/nvim/site/pack/agentmake/start"
ln -s ../../../../../vim/vimfiles/pack/agentmake/start/agentmake "$root/usr/share/nvim/site/pack/agentmake/start/agentmake"

strip --remove-section=.comment --remove-section=.note "$root/usr/bin/agentmake"
doc=$root/usr/share/doc/agentmake
mkdir -p "$doc/examples"
cp -R examples/. "$doc/examples"
cp README.md "$doc"
{
	echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
	echo
	echo 'Files: *'
	sed -n 's/^Copyright (c)/Copyright:/p' LICENSE
	echo 'License: Expat'
	sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} >"$doc/copyright"
{
	echo "agentmake ($VERSION) unstable; urgency=medium"
	echo
	echo "  * The sources${line:+ of commit ${line%% *}}."
	echo
	echo " -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"
gzip -9n "$root"/usr/share/man/man?/*
mkdir -p "$root/usr/share/lintian/overrides"
cat >"$root/usr/share/lintian/overrides/agentmake" <<'EOF'
# the example shows what it is for: two tasks that add a line to one changelog
agentmake: package-contains-vcs-control-file [usr/share/doc/agentmake/examples/release/.gitattributes]
EOF

# which packages have the libraries: as Debian's tool says, with versions, else those that have the files
depends() {
	printf 'Source: agentmake\n\nPackage: agentmake\nArchitecture: any\n' >"$work/debian/control"
	if command -v dpkg-shlibdeps >/dev/null; then
		(cd "$work" && dpkg-shlibdeps -O root/usr/bin/agentmake) >"$work/debian/said" 2>"$work/debian/why" ||
			{ cat "$work/debian/why" >&2; return 1; } # as of a library that no package has
		sed -n 's/^shlibs:Depends=//p' "$work/debian/said"
	else
		objdump -p "$root/usr/bin/agentmake" | sed -n 's/^ *NEEDED *//p' | while read -r name; do
			# its folder and name: /lib may be /usr/lib, but a package knows one of them
			dpkg -S "$(ldd "$root/usr/bin/agentmake" | sed -n "s|^[ \t]*$name => .*\(/[^/]*/[^/ ]*\) .*|*\1|p")"
		done | sed 's/:.*//' | sort -u | paste -s -d , - | sed 's/,/, /g'
	fi
}
libraries=$(depends)
mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: agentmake
Version: $VERSION
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$root/usr" | cut -f 1)
Depends: ${libraries:+$libraries, }git
Recommends: bubblewrap
Section: devel
Priority: optional
Description: make for coding agents
 An Agentfile, checked into a git repository, declares tasks: what a coding
 agent is asked to do, which files it owns, which tasks block it, and the
 commands that verify it. agentmake proves which tasks can never touch the
 same file, runs so many agents at once, each in a git worktree of its own,
 verifies every result, and merges what passed onto an integration branch
 that is green at every commit.
 .
 Agents are run in a sandbox, by bubblewrap where it is installed.
EOF
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
chmod -R u=rwX,go=rX "$root"
dpkg-deb --root-owner-group -Zxz -b "$root" "build/agentmake_${VERSION}_$arch.deb" >/dev/null
rm -rf "$root" "$work/debian"
echo "build/agentmake_${VERSION}_$arch.deb"
