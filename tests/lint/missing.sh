#!/bin/sh
# Says which libraries are missing and how to install them here; GNUmakefile runs it.
#
# usage: PKG_CONFIG=pkg-config missing.sh LIBRARY…    names as src/package/libs.sh says them: libgit2 libuv
#    libpcre2-8 jansson check; `archives`: what a static program is linked from

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

asks_pkg_config() {
	[ -n "${PKG_CONFIG-pkg-config}" ] && has "${PKG_CONFIG-pkg-config}"
}

[ $# -gt 0 ] || exit 0
case " $* " in
*" archives "*)
	{
		echo "agentmake: no static program can be linked: of a library, or of what it needs, there is no archive (*.a)"
		echo "agentmake: install or build those, and say what to link: make STATIC=1 LIBS_LDLIBS='-static -lgit2 …'"
	} >&2
	exit 1
	;;
esac
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
	if asks_pkg_config; then
		echo "agentmake: pkg-config does not find: $*"
	else
		echo "agentmake: there is no pkg-config here, and the compiler finds no: $*"
	fi
	packages=$({ names "$@"; tools; } | tr '\n' ' ')
	packages=${packages% }
	if [ -n "$install" ]; then
		[ "$how" = brew ] || [ "$(id -u)" = 0 ] || ! has sudo || install="sudo $install"
		echo "agentmake: install with: $install $packages"
	else
		echo "agentmake: install, with their headers: $packages"
	fi
	if asks_pkg_config; then
		echo "agentmake: if they are installed elsewhere, set PKG_CONFIG_PATH"
	else
		echo "agentmake: if they are installed elsewhere, say where: make LIBS_CFLAGS=-I… LIBS_LDLIBS='-L… -lgit2 …'"
	fi
} >&2
exit 1
