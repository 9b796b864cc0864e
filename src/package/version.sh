#!/bin/sh
# Writes what --version says of the build, as a header; only where it says something else than before, so that
# nothing is compiled again for it. Where no commit is known now, as to root in the checkout of another
# (`sudo make install`), what was known stays.
#
# usage: version.sh VERSION FILE
version=$1 file=$2
line=$("$(dirname "$0")/commit.sh")
hash=${line%% *}
mark=
case $hash in *+) mark=+ ;; esac
hash=$(printf %.10s "$hash")${mark}
before=$(cat "$file" 2>/dev/null)
if [ -z "$line" ]; then
	case $before in *"AGENTMAKE_VERSION \"$version\""*) exit 0 ;; esac
fi
now="#define AGENTMAKE_VERSION \"$version\"
#define AGENTMAKE_COMMIT \"$hash\""
[ "$now" = "$before" ] && exit 0
mkdir -p "$(dirname "$file")" && printf '%s\n' "$now" >"$file.new" && mv "$file.new" "$file"
