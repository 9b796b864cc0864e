#!/bin/sh
# `make STATIC=1`: a program that needs no library when it runs, and does what the other one does.
. "$E2E/lib.sh"
unset SANITIZE WERROR T V B BIN CFLAGS LDFLAGS
program=$(cd "$TESTS/.." && pwd)/build/static/agentmake

it "can be built"
if [ "$(cd "$TESTS/.." && PKG_CONFIG=pkg-config sh src/package/libs.sh --static libgit2 libuv libpcre2-8 jansson 2>/dev/null)" = archives ]; then
	echo "NOT TRIED: libraries have no archives here, so no static program was built"
	exit 0
fi
make -s -j2 -C "$TESTS/.." STATIC=1 >"$top/out" 2>"$top/err" || fail "make STATIC=1"
is "$(cat "$top/err")" ""

it "needs no library"
ldd "$program" >"$top/out" 2>&1
grep -qE 'not a dynamic executable|statically linked|Not a valid dynamic program' "$top/out" || fail "ldd"
"$program" --version >"$top/out" || fail "--version"
out_has ", static"

it "opens no connection by libgit2, of which parts are bound to abort()"
nm -u "$TESTS/../build/static/libagentmake.a" | grep -E 'git_(remote|clone|transport|submodule_update|stream|credential)' \
	&& fail "it could"

it "knows users by name"
repo work
printf 'task a\n    owns a\n    agent claude\n    prompt do it\n' >Agentfile && git add -A && git commit -qm a
AGENTMAKE=$program
am --claim a
status_is 0
grep -rq "\"$(id -un)\"" .git/agentmake || fail "the claim does not say who: $(cat .git/agentmake/claims*)"

for test in 10-run 30-lane 67-sandbox; do
	it "passes $test"
	mkdir "$top/$test"
	(cd "$top/$test" && AGENTMAKE=$program sh "$E2E/$test.sh") >"$top/out" 2>&1 || fail "$test"
	grep '^NOT TRIED: ' "$top/out"
done
exit 0
