#!/bin/sh
# Says which libraries are missing and how to install them here; GNUmakefile runs it.
#
# usage: missing.sh LIBRARY…        names as pkg-config has them: libgit2 libuv libpcre2-8 jansson check

has() {
	command -v "$1" >/dev/null 2>&1
}

# the name of each library for one way of installing; the plain name where it is unknown
names() {
	for l; do
		case $how/$l in
		apt/libgit2) echo libgit2-dev ;;
		apt/libuv) echo libuv1-dev ;;
		apt/libpcre2-8) echo libpcre2-dev ;;
		apt/jansson) echo libjansson-dev ;;
		dnf/libpcre2-8 | zypper/libpcre2-8) echo pcre2-devel ;;
		dnf/check | zypper/check) echo check-devel ;;
		zypper/jansson) echo libjansson-devel ;;
		dnf/* | zypper/*) echo "$l-devel" ;;
		apk/libpcre2-8) echo pcre2-dev ;;
		apk/*) echo "$l-dev" ;;
		pacman/libpcre2-8 | brew/libpcre2-8 | pkg/libpcre2-8) echo pcre2 ;;
		*) echo "$l" ;;
		esac
	done
}

# also what is needed beside the libraries, where that is missing
tools() {
	has pkg-config || has pkgconf || case $how in
	dnf) echo pkgconf-pkg-config ;;
	apk | pacman | pkg | brew) echo pkgconf ;;
	*) echo pkg-config ;;
	esac
	has "${CC:-cc}" || has gcc || case $how in
	apk) echo gcc musl-dev ;;
	pkg | brew) ;; # comes with the system
	*) echo gcc ;;
	esac
}

[ $# -gt 0 ] || exit 0
if has apt-get; then
	how=apt install='apt-get install'
elif has dnf; then
	how=dnf install='dnf install'
elif has apk; then
	how=apk install='apk add'
elif has pacman; then
	how=pacman install='pacman -S'
elif has zypper; then
	how=zypper install='zypper install'
elif has brew; then
	how=brew install='brew install'
elif has pkg; then
	how=pkg install='pkg install'
else
	how=plain install=
fi
{
	if has pkg-config; then
		echo "agentmake: pkg-config does not find: $*"
	else
		echo "agentmake: there is no pkg-config here, which is asked where libraries are: $*"
	fi
	packages=$({ names "$@"; tools; } | tr '\n' ' ')
	packages=${packages% }
	if [ -n "$install" ]; then
		[ "$how" = brew ] || [ "$(id -u)" = 0 ] || ! has sudo || install="sudo $install"
		echo "agentmake: install with: $install $packages"
	else
		echo "agentmake: install, with their headers: $packages"
	fi
	! has pkg-config || echo "agentmake: if they are installed elsewhere, set PKG_CONFIG_PATH"
} >&2
exit 1
